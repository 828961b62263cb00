/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["nonreturn"] || ($protobuf.roots["nonreturn"] = {});

export const nonreturn = $root.nonreturn = (() => {

    /**
     * Namespace nonreturn.
     * @exports nonreturn
     * @namespace
     */
    const nonreturn = {};

    nonreturn.wire = (function() {

        /**
         * Namespace wire.
         * @memberof nonreturn
         * @namespace
         */
        const wire = {};

        wire.SampleBatch = (function() {

            /**
             * Properties of a SampleBatch.
             * @typedef {Object} nonreturn.wire.SampleBatch.$Properties
             * @property {number|null} [directoryRevision] SampleBatch directoryRevision
             * @property {Array.<number>|null} [runRows] SampleBatch runRows
             * @property {Array.<number|Long>|null} [runTimestampDeltas] SampleBatch runTimestampDeltas
             * @property {Array.<number>|null} [tagIdDeltas] SampleBatch tagIdDeltas
             * @property {Array.<number>|null} [statusRows] SampleBatch statusRows
             * @property {Array.<number>|null} [statusCodes] SampleBatch statusCodes
             * @property {nonreturn.wire.ValueColumns.$Properties|null} [values] SampleBatch values
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a SampleBatch.
             * @memberof nonreturn.wire
             * @interface ISampleBatch
             * @augments nonreturn.wire.SampleBatch.$Properties
             * @deprecated Use nonreturn.wire.SampleBatch.$Properties instead.
             */

            /**
             * Shape of a SampleBatch.
             * @typedef {nonreturn.wire.SampleBatch.$Properties} nonreturn.wire.SampleBatch.$Shape
             */

            /**
             * Constructs a new SampleBatch.
             * @memberof nonreturn.wire
             * @classdesc Represents a SampleBatch.
             * @constructor
             * @param {nonreturn.wire.SampleBatch.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const SampleBatch = function (properties) {
                this.runRows = [];
                this.runTimestampDeltas = [];
                this.tagIdDeltas = [];
                this.statusRows = [];
                this.statusCodes = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * SampleBatch directoryRevision.
             * @member {number} directoryRevision
             * @memberof nonreturn.wire.SampleBatch
             * @instance
             */
            SampleBatch.prototype.directoryRevision = 0;

            /**
             * SampleBatch runRows.
             * @member {Array.<number>} runRows
             * @memberof nonreturn.wire.SampleBatch
             * @instance
             */
            SampleBatch.prototype.runRows = $util.emptyArray;

            /**
             * SampleBatch runTimestampDeltas.
             * @member {Array.<number|Long>} runTimestampDeltas
             * @memberof nonreturn.wire.SampleBatch
             * @instance
             */
            SampleBatch.prototype.runTimestampDeltas = $util.emptyArray;

            /**
             * SampleBatch tagIdDeltas.
             * @member {Array.<number>} tagIdDeltas
             * @memberof nonreturn.wire.SampleBatch
             * @instance
             */
            SampleBatch.prototype.tagIdDeltas = $util.emptyArray;

            /**
             * SampleBatch statusRows.
             * @member {Array.<number>} statusRows
             * @memberof nonreturn.wire.SampleBatch
             * @instance
             */
            SampleBatch.prototype.statusRows = $util.emptyArray;

            /**
             * SampleBatch statusCodes.
             * @member {Array.<number>} statusCodes
             * @memberof nonreturn.wire.SampleBatch
             * @instance
             */
            SampleBatch.prototype.statusCodes = $util.emptyArray;

            /**
             * SampleBatch values.
             * @member {nonreturn.wire.ValueColumns.$Properties|null|undefined} values
             * @memberof nonreturn.wire.SampleBatch
             * @instance
             */
            SampleBatch.prototype.values = null;

            /**
             * Encodes the specified SampleBatch message. Does not implicitly {@link nonreturn.wire.SampleBatch.verify|verify} messages.
             * @function encode
             * @memberof nonreturn.wire.SampleBatch
             * @static
             * @param {nonreturn.wire.SampleBatch.$Properties} message SampleBatch message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            SampleBatch.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.directoryRevision != null && $Object.hasOwnProperty.call(message, "directoryRevision") && message.directoryRevision !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.directoryRevision);
                if (message.runRows != null && message.runRows.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).uint32s(message.runRows);
                if (message.runTimestampDeltas != null && message.runTimestampDeltas.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).sint64s(message.runTimestampDeltas);
                if (message.tagIdDeltas != null && message.tagIdDeltas.length)
                    writer.uint32(/* id 4, wireType 2 =*/34).uint32s(message.tagIdDeltas);
                if (message.statusRows != null && message.statusRows.length)
                    writer.uint32(/* id 5, wireType 2 =*/42).uint32s(message.statusRows);
                if (message.statusCodes != null && message.statusCodes.length)
                    writer.uint32(/* id 6, wireType 2 =*/50).fixed32s(message.statusCodes);
                if (message.values != null && $Object.hasOwnProperty.call(message, "values"))
                    $root.nonreturn.wire.ValueColumns.encode(message.values, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a SampleBatch message from the specified reader or buffer.
             * @function decode
             * @memberof nonreturn.wire.SampleBatch
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {nonreturn.wire.SampleBatch & nonreturn.wire.SampleBatch.$Shape} SampleBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            SampleBatch.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.nonreturn.wire.SampleBatch();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.directoryRevision = value;
                            else
                                delete message.directoryRevision;
                            continue;
                        }
                    case 2: {
                            if (wireType === 2) {
                                if (!(message.runRows && message.runRows.length))
                                    message.runRows = [];
                                reader.uint32s(message.runRows);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.runRows && message.runRows.length))
                                message.runRows = [];
                            message.runRows.push(reader.uint32());
                            continue;
                        }
                    case 3: {
                            if (wireType === 2) {
                                if (!(message.runTimestampDeltas && message.runTimestampDeltas.length))
                                    message.runTimestampDeltas = [];
                                reader.sint64s(message.runTimestampDeltas);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.runTimestampDeltas && message.runTimestampDeltas.length))
                                message.runTimestampDeltas = [];
                            message.runTimestampDeltas.push(reader.sint64());
                            continue;
                        }
                    case 4: {
                            if (wireType === 2) {
                                if (!(message.tagIdDeltas && message.tagIdDeltas.length))
                                    message.tagIdDeltas = [];
                                reader.uint32s(message.tagIdDeltas);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.tagIdDeltas && message.tagIdDeltas.length))
                                message.tagIdDeltas = [];
                            message.tagIdDeltas.push(reader.uint32());
                            continue;
                        }
                    case 5: {
                            if (wireType === 2) {
                                if (!(message.statusRows && message.statusRows.length))
                                    message.statusRows = [];
                                reader.uint32s(message.statusRows);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.statusRows && message.statusRows.length))
                                message.statusRows = [];
                            message.statusRows.push(reader.uint32());
                            continue;
                        }
                    case 6: {
                            if (wireType === 2) {
                                if (!(message.statusCodes && message.statusCodes.length))
                                    message.statusCodes = [];
                                reader.fixed32s(message.statusCodes);
                                continue;
                            }
                            if (wireType !== 5)
                                break;
                            if (!(message.statusCodes && message.statusCodes.length))
                                message.statusCodes = [];
                            message.statusCodes.push(reader.fixed32());
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.values = $root.nonreturn.wire.ValueColumns.decode(reader, reader.size(), $undefined, _depth + 1, message.values);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return SampleBatch;
        })();

        wire.ValueColumns = (function() {

            /**
             * Properties of a ValueColumns.
             * @typedef {Object} nonreturn.wire.ValueColumns.$Properties
             * @property {Uint8Array|null} [codes] ValueColumns codes
             * @property {Array.<number>|null} [integers] ValueColumns integers
             * @property {Array.<number|Long>|null} [wideIntegers] ValueColumns wideIntegers
             * @property {Array.<number>|null} [floats] ValueColumns floats
             * @property {Array.<number>|null} [doubles] ValueColumns doubles
             * @property {Array.<number|Long>|null} [signedLongs] ValueColumns signedLongs
             * @property {Array.<number|Long>|null} [unsignedLongs] ValueColumns unsignedLongs
             * @property {Array.<number>|null} [stringBytes] ValueColumns stringBytes
             * @property {Uint8Array|null} [strings] ValueColumns strings
             * @property {Array.<number>|null} [blobBytes] ValueColumns blobBytes
             * @property {Uint8Array|null} [blobs] ValueColumns blobs
             * @property {Array.<number>|null} [arrayElements] ValueColumns arrayElements
             * @property {nonreturn.wire.ValueColumns.$Properties|null} [elements] ValueColumns elements
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a ValueColumns.
             * @memberof nonreturn.wire
             * @interface IValueColumns
             * @augments nonreturn.wire.ValueColumns.$Properties
             * @deprecated Use nonreturn.wire.ValueColumns.$Properties instead.
             */

            /**
             * Shape of a ValueColumns.
             * @typedef {nonreturn.wire.ValueColumns.$Properties} nonreturn.wire.ValueColumns.$Shape
             */

            /**
             * Constructs a new ValueColumns.
             * @memberof nonreturn.wire
             * @classdesc Represents a ValueColumns.
             * @constructor
             * @param {nonreturn.wire.ValueColumns.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ValueColumns = function (properties) {
                this.integers = [];
                this.wideIntegers = [];
                this.floats = [];
                this.doubles = [];
                this.signedLongs = [];
                this.unsignedLongs = [];
                this.stringBytes = [];
                this.blobBytes = [];
                this.arrayElements = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ValueColumns codes.
             * @member {Uint8Array} codes
             * @memberof nonreturn.wire.ValueColumns
             * @instance
             */
            ValueColumns.prototype.codes = $util.newBuffer([]);

            /**
             * ValueColumns integers.
             * @member {Array.<number>} integers
             * @memberof nonreturn.wire.ValueColumns
             * @instance
             */
            ValueColumns.prototype.integers = $util.emptyArray;

            /**
             * ValueColumns wideIntegers.
             * @member {Array.<number|Long>} wideIntegers
             * @memberof nonreturn.wire.ValueColumns
             * @instance
             */
            ValueColumns.prototype.wideIntegers = $util.emptyArray;

            /**
             * ValueColumns floats.
             * @member {Array.<number>} floats
             * @memberof nonreturn.wire.ValueColumns
             * @instance
             */
            ValueColumns.prototype.floats = $util.emptyArray;

            /**
             * ValueColumns doubles.
             * @member {Array.<number>} doubles
             * @memberof nonreturn.wire.ValueColumns
             * @instance
             */
            ValueColumns.prototype.doubles = $util.emptyArray;

            /**
             * ValueColumns signedLongs.
             * @member {Array.<number|Long>} signedLongs
             * @memberof nonreturn.wire.ValueColumns
             * @instance
             */
            ValueColumns.prototype.signedLongs = $util.emptyArray;

            /**
             * ValueColumns unsignedLongs.
             * @member {Array.<number|Long>} unsignedLongs
             * @memberof nonreturn.wire.ValueColumns
             * @instance
             */
            ValueColumns.prototype.unsignedLongs = $util.emptyArray;

            /**
             * ValueColumns stringBytes.
             * @member {Array.<number>} stringBytes
             * @memberof nonreturn.wire.ValueColumns
             * @instance
             */
            ValueColumns.prototype.stringBytes = $util.emptyArray;

            /**
             * ValueColumns strings.
             * @member {Uint8Array} strings
             * @memberof nonreturn.wire.ValueColumns
             * @instance
             */
            ValueColumns.prototype.strings = $util.newBuffer([]);

            /**
             * ValueColumns blobBytes.
             * @member {Array.<number>} blobBytes
             * @memberof nonreturn.wire.ValueColumns
             * @instance
             */
            ValueColumns.prototype.blobBytes = $util.emptyArray;

            /**
             * ValueColumns blobs.
             * @member {Uint8Array} blobs
             * @memberof nonreturn.wire.ValueColumns
             * @instance
             */
            ValueColumns.prototype.blobs = $util.newBuffer([]);

            /**
             * ValueColumns arrayElements.
             * @member {Array.<number>} arrayElements
             * @memberof nonreturn.wire.ValueColumns
             * @instance
             */
            ValueColumns.prototype.arrayElements = $util.emptyArray;

            /**
             * ValueColumns elements.
             * @member {nonreturn.wire.ValueColumns.$Properties|null|undefined} elements
             * @memberof nonreturn.wire.ValueColumns
             * @instance
             */
            ValueColumns.prototype.elements = null;

            /**
             * Encodes the specified ValueColumns message. Does not implicitly {@link nonreturn.wire.ValueColumns.verify|verify} messages.
             * @function encode
             * @memberof nonreturn.wire.ValueColumns
             * @static
             * @param {nonreturn.wire.ValueColumns.$Properties} message ValueColumns message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ValueColumns.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.codes != null && $Object.hasOwnProperty.call(message, "codes") && message.codes.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.codes);
                if (message.integers != null && message.integers.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).sint32s(message.integers);
                if (message.wideIntegers != null && message.wideIntegers.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).sint64s(message.wideIntegers);
                if (message.floats != null && message.floats.length)
                    writer.uint32(/* id 4, wireType 2 =*/34).floats(message.floats);
                if (message.doubles != null && message.doubles.length)
                    writer.uint32(/* id 5, wireType 2 =*/42).doubles(message.doubles);
                if (message.signedLongs != null && message.signedLongs.length)
                    writer.uint32(/* id 6, wireType 2 =*/50).sint64s(message.signedLongs);
                if (message.unsignedLongs != null && message.unsignedLongs.length)
                    writer.uint32(/* id 7, wireType 2 =*/58).uint64s(message.unsignedLongs);
                if (message.stringBytes != null && message.stringBytes.length)
                    writer.uint32(/* id 8, wireType 2 =*/66).uint32s(message.stringBytes);
                if (message.strings != null && $Object.hasOwnProperty.call(message, "strings") && message.strings.length)
                    writer.uint32(/* id 9, wireType 2 =*/74).bytes(message.strings);
                if (message.blobBytes != null && message.blobBytes.length)
                    writer.uint32(/* id 10, wireType 2 =*/82).uint32s(message.blobBytes);
                if (message.blobs != null && $Object.hasOwnProperty.call(message, "blobs") && message.blobs.length)
                    writer.uint32(/* id 11, wireType 2 =*/90).bytes(message.blobs);
                if (message.arrayElements != null && message.arrayElements.length)
                    writer.uint32(/* id 12, wireType 2 =*/98).uint32s(message.arrayElements);
                if (message.elements != null && $Object.hasOwnProperty.call(message, "elements"))
                    $root.nonreturn.wire.ValueColumns.encode(message.elements, writer.uint32(/* id 13, wireType 2 =*/106).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a ValueColumns message from the specified reader or buffer.
             * @function decode
             * @memberof nonreturn.wire.ValueColumns
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {nonreturn.wire.ValueColumns & nonreturn.wire.ValueColumns.$Shape} ValueColumns
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ValueColumns.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.nonreturn.wire.ValueColumns();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.codes = value;
                            else
                                delete message.codes;
                            continue;
                        }
                    case 2: {
                            if (wireType === 2) {
                                if (!(message.integers && message.integers.length))
                                    message.integers = [];
                                reader.sint32s(message.integers);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.integers && message.integers.length))
                                message.integers = [];
                            message.integers.push(reader.sint32());
                            continue;
                        }
                    case 3: {
                            if (wireType === 2) {
                                if (!(message.wideIntegers && message.wideIntegers.length))
                                    message.wideIntegers = [];
                                reader.sint64s(message.wideIntegers);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.wideIntegers && message.wideIntegers.length))
                                message.wideIntegers = [];
                            message.wideIntegers.push(reader.sint64());
                            continue;
                        }
                    case 4: {
                            if (wireType === 2) {
                                if (!(message.floats && message.floats.length))
                                    message.floats = [];
                                reader.floats(message.floats);
                                continue;
                            }
                            if (wireType !== 5)
                                break;
                            if (!(message.floats && message.floats.length))
                                message.floats = [];
                            message.floats.push(reader.float());
                            continue;
                        }
                    case 5: {
                            if (wireType === 2) {
                                if (!(message.doubles && message.doubles.length))
                                    message.doubles = [];
                                reader.doubles(message.doubles);
                                continue;
                            }
                            if (wireType !== 1)
                                break;
                            if (!(message.doubles && message.doubles.length))
                                message.doubles = [];
                            message.doubles.push(reader.double());
                            continue;
                        }
                    case 6: {
                            if (wireType === 2) {
                                if (!(message.signedLongs && message.signedLongs.length))
                                    message.signedLongs = [];
                                reader.sint64s(message.signedLongs);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.signedLongs && message.signedLongs.length))
                                message.signedLongs = [];
                            message.signedLongs.push(reader.sint64());
                            continue;
                        }
                    case 7: {
                            if (wireType === 2) {
                                if (!(message.unsignedLongs && message.unsignedLongs.length))
                                    message.unsignedLongs = [];
                                reader.uint64s(message.unsignedLongs);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.unsignedLongs && message.unsignedLongs.length))
                                message.unsignedLongs = [];
                            message.unsignedLongs.push(reader.uint64());
                            continue;
                        }
                    case 8: {
                            if (wireType === 2) {
                                if (!(message.stringBytes && message.stringBytes.length))
                                    message.stringBytes = [];
                                reader.uint32s(message.stringBytes);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.stringBytes && message.stringBytes.length))
                                message.stringBytes = [];
                            message.stringBytes.push(reader.uint32());
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.strings = value;
                            else
                                delete message.strings;
                            continue;
                        }
                    case 10: {
                            if (wireType === 2) {
                                if (!(message.blobBytes && message.blobBytes.length))
                                    message.blobBytes = [];
                                reader.uint32s(message.blobBytes);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.blobBytes && message.blobBytes.length))
                                message.blobBytes = [];
                            message.blobBytes.push(reader.uint32());
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.blobs = value;
                            else
                                delete message.blobs;
                            continue;
                        }
                    case 12: {
                            if (wireType === 2) {
                                if (!(message.arrayElements && message.arrayElements.length))
                                    message.arrayElements = [];
                                reader.uint32s(message.arrayElements);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.arrayElements && message.arrayElements.length))
                                message.arrayElements = [];
                            message.arrayElements.push(reader.uint32());
                            continue;
                        }
                    case 13: {
                            if (wireType !== 2)
                                break;
                            message.elements = $root.nonreturn.wire.ValueColumns.decode(reader, reader.size(), $undefined, _depth + 1, message.elements);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return ValueColumns;
        })();

        wire.EventBatch = (function() {

            /**
             * Properties of an EventBatch.
             * @typedef {Object} nonreturn.wire.EventBatch.$Properties
             * @property {number|null} [directoryRevision] EventBatch directoryRevision
             * @property {Array.<nonreturn.wire.AlarmEvent.$Properties>|null} [events] EventBatch events
             * @property {Uint8Array|null} [values] EventBatch values
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an EventBatch.
             * @memberof nonreturn.wire
             * @interface IEventBatch
             * @augments nonreturn.wire.EventBatch.$Properties
             * @deprecated Use nonreturn.wire.EventBatch.$Properties instead.
             */

            /**
             * Shape of an EventBatch.
             * @typedef {nonreturn.wire.EventBatch.$Properties} nonreturn.wire.EventBatch.$Shape
             */

            /**
             * Constructs a new EventBatch.
             * @memberof nonreturn.wire
             * @classdesc Represents an EventBatch.
             * @constructor
             * @param {nonreturn.wire.EventBatch.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const EventBatch = function (properties) {
                this.events = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * EventBatch directoryRevision.
             * @member {number} directoryRevision
             * @memberof nonreturn.wire.EventBatch
             * @instance
             */
            EventBatch.prototype.directoryRevision = 0;

            /**
             * EventBatch events.
             * @member {Array.<nonreturn.wire.AlarmEvent.$Properties>} events
             * @memberof nonreturn.wire.EventBatch
             * @instance
             */
            EventBatch.prototype.events = $util.emptyArray;

            /**
             * EventBatch values.
             * @member {Uint8Array} values
             * @memberof nonreturn.wire.EventBatch
             * @instance
             */
            EventBatch.prototype.values = $util.newBuffer([]);

            /**
             * Encodes the specified EventBatch message. Does not implicitly {@link nonreturn.wire.EventBatch.verify|verify} messages.
             * @function encode
             * @memberof nonreturn.wire.EventBatch
             * @static
             * @param {nonreturn.wire.EventBatch.$Properties} message EventBatch message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            EventBatch.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.directoryRevision != null && $Object.hasOwnProperty.call(message, "directoryRevision") && message.directoryRevision !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.directoryRevision);
                if (message.events != null && message.events.length)
                    for (let i = 0; i < message.events.length; ++i)
                        $root.nonreturn.wire.AlarmEvent.encode(message.events[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.values != null && $Object.hasOwnProperty.call(message, "values") && message.values.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.values);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an EventBatch message from the specified reader or buffer.
             * @function decode
             * @memberof nonreturn.wire.EventBatch
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {nonreturn.wire.EventBatch & nonreturn.wire.EventBatch.$Shape} EventBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            EventBatch.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.nonreturn.wire.EventBatch();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.directoryRevision = value;
                            else
                                delete message.directoryRevision;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.events && message.events.length))
                                message.events = [];
                            message.events.push($root.nonreturn.wire.AlarmEvent.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.values = value;
                            else
                                delete message.values;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return EventBatch;
        })();

        wire.AlarmEvent = (function() {

            /**
             * Properties of an AlarmEvent.
             * @typedef {Object} nonreturn.wire.AlarmEvent.$Properties
             * @property {number|Long|null} [eventSequence] AlarmEvent eventSequence
             * @property {number|null} [tagId] AlarmEvent tagId
             * @property {string|null} [condition] AlarmEvent condition
             * @property {nonreturn.wire.AlarmState|null} [state] AlarmEvent state
             * @property {number|null} [severity] AlarmEvent severity
             * @property {string|null} [text] AlarmEvent text
             * @property {number|Long|null} [time] AlarmEvent time
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an AlarmEvent.
             * @memberof nonreturn.wire
             * @interface IAlarmEvent
             * @augments nonreturn.wire.AlarmEvent.$Properties
             * @deprecated Use nonreturn.wire.AlarmEvent.$Properties instead.
             */

            /**
             * Shape of an AlarmEvent.
             * @typedef {nonreturn.wire.AlarmEvent.$Properties} nonreturn.wire.AlarmEvent.$Shape
             */

            /**
             * Constructs a new AlarmEvent.
             * @memberof nonreturn.wire
             * @classdesc Represents an AlarmEvent.
             * @constructor
             * @param {nonreturn.wire.AlarmEvent.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const AlarmEvent = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * AlarmEvent eventSequence.
             * @member {number|Long} eventSequence
             * @memberof nonreturn.wire.AlarmEvent
             * @instance
             */
            AlarmEvent.prototype.eventSequence = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * AlarmEvent tagId.
             * @member {number} tagId
             * @memberof nonreturn.wire.AlarmEvent
             * @instance
             */
            AlarmEvent.prototype.tagId = 0;

            /**
             * AlarmEvent condition.
             * @member {string} condition
             * @memberof nonreturn.wire.AlarmEvent
             * @instance
             */
            AlarmEvent.prototype.condition = "";

            /**
             * AlarmEvent state.
             * @member {nonreturn.wire.AlarmState} state
             * @memberof nonreturn.wire.AlarmEvent
             * @instance
             */
            AlarmEvent.prototype.state = 0;

            /**
             * AlarmEvent severity.
             * @member {number} severity
             * @memberof nonreturn.wire.AlarmEvent
             * @instance
             */
            AlarmEvent.prototype.severity = 0;

            /**
             * AlarmEvent text.
             * @member {string} text
             * @memberof nonreturn.wire.AlarmEvent
             * @instance
             */
            AlarmEvent.prototype.text = "";

            /**
             * AlarmEvent time.
             * @member {number|Long} time
             * @memberof nonreturn.wire.AlarmEvent
             * @instance
             */
            AlarmEvent.prototype.time = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Encodes the specified AlarmEvent message. Does not implicitly {@link nonreturn.wire.AlarmEvent.verify|verify} messages.
             * @function encode
             * @memberof nonreturn.wire.AlarmEvent
             * @static
             * @param {nonreturn.wire.AlarmEvent.$Properties} message AlarmEvent message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            AlarmEvent.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.eventSequence != null && $Object.hasOwnProperty.call(message, "eventSequence") && (typeof message.eventSequence === "object" ? message.eventSequence.low || message.eventSequence.high : message.eventSequence !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.eventSequence);
                if (message.tagId != null && $Object.hasOwnProperty.call(message, "tagId") && message.tagId !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.tagId);
                if (message.condition != null && $Object.hasOwnProperty.call(message, "condition") && message.condition !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.condition);
                if (message.state != null && $Object.hasOwnProperty.call(message, "state") && message.state !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).int32(message.state);
                if (message.severity != null && $Object.hasOwnProperty.call(message, "severity") && message.severity !== 0)
                    writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.severity);
                if (message.text != null && $Object.hasOwnProperty.call(message, "text") && message.text !== "")
                    writer.uint32(/* id 6, wireType 2 =*/50).string(message.text);
                if (message.time != null && $Object.hasOwnProperty.call(message, "time") && (typeof message.time === "object" ? message.time.low || message.time.high : message.time !== 0))
                    writer.uint32(/* id 7, wireType 0 =*/56).uint64(message.time);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an AlarmEvent message from the specified reader or buffer.
             * @function decode
             * @memberof nonreturn.wire.AlarmEvent
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {nonreturn.wire.AlarmEvent & nonreturn.wire.AlarmEvent.$Shape} AlarmEvent
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            AlarmEvent.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.nonreturn.wire.AlarmEvent();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.eventSequence = value;
                            else
                                delete message.eventSequence;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.tagId = value;
                            else
                                delete message.tagId;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.condition = value;
                            else
                                delete message.condition;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.state = value;
                            else
                                delete message.state;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.severity = value;
                            else
                                delete message.severity;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.text = value;
                            else
                                delete message.text;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.time = value;
                            else
                                delete message.time;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return AlarmEvent;
        })();

        /**
         * AlarmState enum.
         * @name nonreturn.wire.AlarmState
         * @enum {number}
         * @property {number} ALARM_STATE_UNSPECIFIED=0 ALARM_STATE_UNSPECIFIED value
         * @property {number} ALARM_STATE_ACTIVE=1 ALARM_STATE_ACTIVE value
         * @property {number} ALARM_STATE_INACTIVE=2 ALARM_STATE_INACTIVE value
         */
        wire.AlarmState = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "ALARM_STATE_UNSPECIFIED"] = 0;
            values[valuesById[1] = "ALARM_STATE_ACTIVE"] = 1;
            values[valuesById[2] = "ALARM_STATE_INACTIVE"] = 2;
            return values;
        })();

        wire.DirectoryBatch = (function() {

            /**
             * Properties of a DirectoryBatch.
             * @typedef {Object} nonreturn.wire.DirectoryBatch.$Properties
             * @property {number|null} [revision] DirectoryBatch revision
             * @property {number|null} [part] DirectoryBatch part
             * @property {number|null} [parts] DirectoryBatch parts
             * @property {Array.<nonreturn.wire.TagDefinition.$Properties>|null} [tags] DirectoryBatch tags
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a DirectoryBatch.
             * @memberof nonreturn.wire
             * @interface IDirectoryBatch
             * @augments nonreturn.wire.DirectoryBatch.$Properties
             * @deprecated Use nonreturn.wire.DirectoryBatch.$Properties instead.
             */

            /**
             * Shape of a DirectoryBatch.
             * @typedef {nonreturn.wire.DirectoryBatch.$Properties} nonreturn.wire.DirectoryBatch.$Shape
             */

            /**
             * Constructs a new DirectoryBatch.
             * @memberof nonreturn.wire
             * @classdesc Represents a DirectoryBatch.
             * @constructor
             * @param {nonreturn.wire.DirectoryBatch.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const DirectoryBatch = function (properties) {
                this.tags = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * DirectoryBatch revision.
             * @member {number} revision
             * @memberof nonreturn.wire.DirectoryBatch
             * @instance
             */
            DirectoryBatch.prototype.revision = 0;

            /**
             * DirectoryBatch part.
             * @member {number} part
             * @memberof nonreturn.wire.DirectoryBatch
             * @instance
             */
            DirectoryBatch.prototype.part = 0;

            /**
             * DirectoryBatch parts.
             * @member {number} parts
             * @memberof nonreturn.wire.DirectoryBatch
             * @instance
             */
            DirectoryBatch.prototype.parts = 0;

            /**
             * DirectoryBatch tags.
             * @member {Array.<nonreturn.wire.TagDefinition.$Properties>} tags
             * @memberof nonreturn.wire.DirectoryBatch
             * @instance
             */
            DirectoryBatch.prototype.tags = $util.emptyArray;

            /**
             * Encodes the specified DirectoryBatch message. Does not implicitly {@link nonreturn.wire.DirectoryBatch.verify|verify} messages.
             * @function encode
             * @memberof nonreturn.wire.DirectoryBatch
             * @static
             * @param {nonreturn.wire.DirectoryBatch.$Properties} message DirectoryBatch message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            DirectoryBatch.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.revision != null && $Object.hasOwnProperty.call(message, "revision") && message.revision !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.revision);
                if (message.part != null && $Object.hasOwnProperty.call(message, "part") && message.part !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.part);
                if (message.parts != null && $Object.hasOwnProperty.call(message, "parts") && message.parts !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.parts);
                if (message.tags != null && message.tags.length)
                    for (let i = 0; i < message.tags.length; ++i)
                        $root.nonreturn.wire.TagDefinition.encode(message.tags[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a DirectoryBatch message from the specified reader or buffer.
             * @function decode
             * @memberof nonreturn.wire.DirectoryBatch
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {nonreturn.wire.DirectoryBatch & nonreturn.wire.DirectoryBatch.$Shape} DirectoryBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            DirectoryBatch.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.nonreturn.wire.DirectoryBatch();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.revision = value;
                            else
                                delete message.revision;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.part = value;
                            else
                                delete message.part;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.parts = value;
                            else
                                delete message.parts;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (!(message.tags && message.tags.length))
                                message.tags = [];
                            message.tags.push($root.nonreturn.wire.TagDefinition.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return DirectoryBatch;
        })();

        wire.TagDefinition = (function() {

            /**
             * Properties of a TagDefinition.
             * @typedef {Object} nonreturn.wire.TagDefinition.$Properties
             * @property {number|null} [tagId] TagDefinition tagId
             * @property {string|null} [path] TagDefinition path
             * @property {nonreturn.wire.DataType|null} [dataType] TagDefinition dataType
             * @property {string|null} [unit] TagDefinition unit
             * @property {string|null} [description] TagDefinition description
             * @property {number|null} [rangeLow] TagDefinition rangeLow
             * @property {number|null} [rangeHigh] TagDefinition rangeHigh
             * @property {string|null} [device] TagDefinition device
             * @property {number|Long|null} [maximumSilenceMs] TagDefinition maximumSilenceMs
             * @property {boolean|null} [retired] TagDefinition retired
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a TagDefinition.
             * @memberof nonreturn.wire
             * @interface ITagDefinition
             * @augments nonreturn.wire.TagDefinition.$Properties
             * @deprecated Use nonreturn.wire.TagDefinition.$Properties instead.
             */

            /**
             * Shape of a TagDefinition.
             * @typedef {nonreturn.wire.TagDefinition.$Properties} nonreturn.wire.TagDefinition.$Shape
             */

            /**
             * Constructs a new TagDefinition.
             * @memberof nonreturn.wire
             * @classdesc Represents a TagDefinition.
             * @constructor
             * @param {nonreturn.wire.TagDefinition.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const TagDefinition = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * TagDefinition tagId.
             * @member {number} tagId
             * @memberof nonreturn.wire.TagDefinition
             * @instance
             */
            TagDefinition.prototype.tagId = 0;

            /**
             * TagDefinition path.
             * @member {string} path
             * @memberof nonreturn.wire.TagDefinition
             * @instance
             */
            TagDefinition.prototype.path = "";

            /**
             * TagDefinition dataType.
             * @member {nonreturn.wire.DataType} dataType
             * @memberof nonreturn.wire.TagDefinition
             * @instance
             */
            TagDefinition.prototype.dataType = 0;

            /**
             * TagDefinition unit.
             * @member {string} unit
             * @memberof nonreturn.wire.TagDefinition
             * @instance
             */
            TagDefinition.prototype.unit = "";

            /**
             * TagDefinition description.
             * @member {string} description
             * @memberof nonreturn.wire.TagDefinition
             * @instance
             */
            TagDefinition.prototype.description = "";

            /**
             * TagDefinition rangeLow.
             * @member {number|null|undefined} rangeLow
             * @memberof nonreturn.wire.TagDefinition
             * @instance
             */
            TagDefinition.prototype.rangeLow = null;

            /**
             * TagDefinition rangeHigh.
             * @member {number|null|undefined} rangeHigh
             * @memberof nonreturn.wire.TagDefinition
             * @instance
             */
            TagDefinition.prototype.rangeHigh = null;

            /**
             * TagDefinition device.
             * @member {string} device
             * @memberof nonreturn.wire.TagDefinition
             * @instance
             */
            TagDefinition.prototype.device = "";

            /**
             * TagDefinition maximumSilenceMs.
             * @member {number|Long} maximumSilenceMs
             * @memberof nonreturn.wire.TagDefinition
             * @instance
             */
            TagDefinition.prototype.maximumSilenceMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * TagDefinition retired.
             * @member {boolean} retired
             * @memberof nonreturn.wire.TagDefinition
             * @instance
             */
            TagDefinition.prototype.retired = false;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(TagDefinition.prototype, "_rangeLow", {
                get: $util.oneOfGetter($oneOfFields = ["rangeLow"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(TagDefinition.prototype, "_rangeHigh", {
                get: $util.oneOfGetter($oneOfFields = ["rangeHigh"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified TagDefinition message. Does not implicitly {@link nonreturn.wire.TagDefinition.verify|verify} messages.
             * @function encode
             * @memberof nonreturn.wire.TagDefinition
             * @static
             * @param {nonreturn.wire.TagDefinition.$Properties} message TagDefinition message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            TagDefinition.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.tagId != null && $Object.hasOwnProperty.call(message, "tagId") && message.tagId !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.tagId);
                if (message.path != null && $Object.hasOwnProperty.call(message, "path") && message.path !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.path);
                if (message.dataType != null && $Object.hasOwnProperty.call(message, "dataType") && message.dataType !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).int32(message.dataType);
                if (message.unit != null && $Object.hasOwnProperty.call(message, "unit") && message.unit !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.unit);
                if (message.description != null && $Object.hasOwnProperty.call(message, "description") && message.description !== "")
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.description);
                if (message.rangeLow != null && $Object.hasOwnProperty.call(message, "rangeLow"))
                    writer.uint32(/* id 6, wireType 1 =*/49).double(message.rangeLow);
                if (message.rangeHigh != null && $Object.hasOwnProperty.call(message, "rangeHigh"))
                    writer.uint32(/* id 7, wireType 1 =*/57).double(message.rangeHigh);
                if (message.device != null && $Object.hasOwnProperty.call(message, "device") && message.device !== "")
                    writer.uint32(/* id 8, wireType 2 =*/66).string(message.device);
                if (message.maximumSilenceMs != null && $Object.hasOwnProperty.call(message, "maximumSilenceMs") && (typeof message.maximumSilenceMs === "object" ? message.maximumSilenceMs.low || message.maximumSilenceMs.high : message.maximumSilenceMs !== 0))
                    writer.uint32(/* id 9, wireType 0 =*/72).uint64(message.maximumSilenceMs);
                if (message.retired != null && $Object.hasOwnProperty.call(message, "retired") && message.retired !== false)
                    writer.uint32(/* id 10, wireType 0 =*/80).bool(message.retired);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a TagDefinition message from the specified reader or buffer.
             * @function decode
             * @memberof nonreturn.wire.TagDefinition
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {nonreturn.wire.TagDefinition & nonreturn.wire.TagDefinition.$Shape} TagDefinition
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            TagDefinition.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.nonreturn.wire.TagDefinition();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.tagId = value;
                            else
                                delete message.tagId;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.path = value;
                            else
                                delete message.path;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.dataType = value;
                            else
                                delete message.dataType;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.unit = value;
                            else
                                delete message.unit;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.description = value;
                            else
                                delete message.description;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 1)
                                break;
                            message.rangeLow = reader.double();
                            message._rangeLow = "rangeLow";
                            continue;
                        }
                    case 7: {
                            if (wireType !== 1)
                                break;
                            message.rangeHigh = reader.double();
                            message._rangeHigh = "rangeHigh";
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.device = value;
                            else
                                delete message.device;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.maximumSilenceMs = value;
                            else
                                delete message.maximumSilenceMs;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.retired = value;
                            else
                                delete message.retired;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return TagDefinition;
        })();

        /**
         * DataType enum.
         * @name nonreturn.wire.DataType
         * @enum {number}
         * @property {number} DATA_TYPE_UNSPECIFIED=0 DATA_TYPE_UNSPECIFIED value
         * @property {number} BOOLEAN=1 BOOLEAN value
         * @property {number} INT8=2 INT8 value
         * @property {number} UINT8=3 UINT8 value
         * @property {number} INT16=4 INT16 value
         * @property {number} UINT16=5 UINT16 value
         * @property {number} INT32=6 INT32 value
         * @property {number} UINT32=7 UINT32 value
         * @property {number} INT64=8 INT64 value
         * @property {number} UINT64=9 UINT64 value
         * @property {number} FLOAT16=10 FLOAT16 value
         * @property {number} FLOAT32=11 FLOAT32 value
         * @property {number} FLOAT64=12 FLOAT64 value
         * @property {number} STRING=13 STRING value
         * @property {number} BYTES=14 BYTES value
         * @property {number} TIMESTAMP=15 TIMESTAMP value
         */
        wire.DataType = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "DATA_TYPE_UNSPECIFIED"] = 0;
            values[valuesById[1] = "BOOLEAN"] = 1;
            values[valuesById[2] = "INT8"] = 2;
            values[valuesById[3] = "UINT8"] = 3;
            values[valuesById[4] = "INT16"] = 4;
            values[valuesById[5] = "UINT16"] = 5;
            values[valuesById[6] = "INT32"] = 6;
            values[valuesById[7] = "UINT32"] = 7;
            values[valuesById[8] = "INT64"] = 8;
            values[valuesById[9] = "UINT64"] = 9;
            values[valuesById[10] = "FLOAT16"] = 10;
            values[valuesById[11] = "FLOAT32"] = 11;
            values[valuesById[12] = "FLOAT64"] = 12;
            values[valuesById[13] = "STRING"] = 13;
            values[valuesById[14] = "BYTES"] = 14;
            values[valuesById[15] = "TIMESTAMP"] = 15;
            return values;
        })();

        wire.LossBatch = (function() {

            /**
             * Properties of a LossBatch.
             * @typedef {Object} nonreturn.wire.LossBatch.$Properties
             * @property {Array.<nonreturn.wire.LossRecord.$Properties>|null} [records] LossBatch records
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a LossBatch.
             * @memberof nonreturn.wire
             * @interface ILossBatch
             * @augments nonreturn.wire.LossBatch.$Properties
             * @deprecated Use nonreturn.wire.LossBatch.$Properties instead.
             */

            /**
             * Shape of a LossBatch.
             * @typedef {nonreturn.wire.LossBatch.$Properties} nonreturn.wire.LossBatch.$Shape
             */

            /**
             * Constructs a new LossBatch.
             * @memberof nonreturn.wire
             * @classdesc Represents a LossBatch.
             * @constructor
             * @param {nonreturn.wire.LossBatch.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const LossBatch = function (properties) {
                this.records = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * LossBatch records.
             * @member {Array.<nonreturn.wire.LossRecord.$Properties>} records
             * @memberof nonreturn.wire.LossBatch
             * @instance
             */
            LossBatch.prototype.records = $util.emptyArray;

            /**
             * Encodes the specified LossBatch message. Does not implicitly {@link nonreturn.wire.LossBatch.verify|verify} messages.
             * @function encode
             * @memberof nonreturn.wire.LossBatch
             * @static
             * @param {nonreturn.wire.LossBatch.$Properties} message LossBatch message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            LossBatch.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.records != null && message.records.length)
                    for (let i = 0; i < message.records.length; ++i)
                        $root.nonreturn.wire.LossRecord.encode(message.records[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a LossBatch message from the specified reader or buffer.
             * @function decode
             * @memberof nonreturn.wire.LossBatch
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {nonreturn.wire.LossBatch & nonreturn.wire.LossBatch.$Shape} LossBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            LossBatch.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.nonreturn.wire.LossBatch();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.records && message.records.length))
                                message.records = [];
                            message.records.push($root.nonreturn.wire.LossRecord.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return LossBatch;
        })();

        wire.LossRecord = (function() {

            /**
             * Properties of a LossRecord.
             * @typedef {Object} nonreturn.wire.LossRecord.$Properties
             * @property {nonreturn.wire.LossReason|null} [reason] LossRecord reason
             * @property {number|Long|null} [sampleCount] LossRecord sampleCount
             * @property {number|Long|null} [firstTimestamp] LossRecord firstTimestamp
             * @property {number|Long|null} [lastTimestamp] LossRecord lastTimestamp
             * @property {Array.<number>|null} [tagIdDeltas] LossRecord tagIdDeltas
             * @property {number|Long|null} [tagsOmitted] LossRecord tagsOmitted
             * @property {number|Long|null} [firstSequence] LossRecord firstSequence
             * @property {number|Long|null} [lastSequence] LossRecord lastSequence
             * @property {number|Long|null} [eventCount] LossRecord eventCount
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a LossRecord.
             * @memberof nonreturn.wire
             * @interface ILossRecord
             * @augments nonreturn.wire.LossRecord.$Properties
             * @deprecated Use nonreturn.wire.LossRecord.$Properties instead.
             */

            /**
             * Shape of a LossRecord.
             * @typedef {nonreturn.wire.LossRecord.$Properties} nonreturn.wire.LossRecord.$Shape
             */

            /**
             * Constructs a new LossRecord.
             * @memberof nonreturn.wire
             * @classdesc Represents a LossRecord.
             * @constructor
             * @param {nonreturn.wire.LossRecord.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const LossRecord = function (properties) {
                this.tagIdDeltas = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * LossRecord reason.
             * @member {nonreturn.wire.LossReason} reason
             * @memberof nonreturn.wire.LossRecord
             * @instance
             */
            LossRecord.prototype.reason = 0;

            /**
             * LossRecord sampleCount.
             * @member {number|Long} sampleCount
             * @memberof nonreturn.wire.LossRecord
             * @instance
             */
            LossRecord.prototype.sampleCount = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * LossRecord firstTimestamp.
             * @member {number|Long} firstTimestamp
             * @memberof nonreturn.wire.LossRecord
             * @instance
             */
            LossRecord.prototype.firstTimestamp = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * LossRecord lastTimestamp.
             * @member {number|Long} lastTimestamp
             * @memberof nonreturn.wire.LossRecord
             * @instance
             */
            LossRecord.prototype.lastTimestamp = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * LossRecord tagIdDeltas.
             * @member {Array.<number>} tagIdDeltas
             * @memberof nonreturn.wire.LossRecord
             * @instance
             */
            LossRecord.prototype.tagIdDeltas = $util.emptyArray;

            /**
             * LossRecord tagsOmitted.
             * @member {number|Long} tagsOmitted
             * @memberof nonreturn.wire.LossRecord
             * @instance
             */
            LossRecord.prototype.tagsOmitted = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * LossRecord firstSequence.
             * @member {number|Long} firstSequence
             * @memberof nonreturn.wire.LossRecord
             * @instance
             */
            LossRecord.prototype.firstSequence = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * LossRecord lastSequence.
             * @member {number|Long} lastSequence
             * @memberof nonreturn.wire.LossRecord
             * @instance
             */
            LossRecord.prototype.lastSequence = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * LossRecord eventCount.
             * @member {number|Long} eventCount
             * @memberof nonreturn.wire.LossRecord
             * @instance
             */
            LossRecord.prototype.eventCount = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Encodes the specified LossRecord message. Does not implicitly {@link nonreturn.wire.LossRecord.verify|verify} messages.
             * @function encode
             * @memberof nonreturn.wire.LossRecord
             * @static
             * @param {nonreturn.wire.LossRecord.$Properties} message LossRecord message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            LossRecord.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).int32(message.reason);
                if (message.sampleCount != null && $Object.hasOwnProperty.call(message, "sampleCount") && (typeof message.sampleCount === "object" ? message.sampleCount.low || message.sampleCount.high : message.sampleCount !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.sampleCount);
                if (message.firstTimestamp != null && $Object.hasOwnProperty.call(message, "firstTimestamp") && (typeof message.firstTimestamp === "object" ? message.firstTimestamp.low || message.firstTimestamp.high : message.firstTimestamp !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.firstTimestamp);
                if (message.lastTimestamp != null && $Object.hasOwnProperty.call(message, "lastTimestamp") && (typeof message.lastTimestamp === "object" ? message.lastTimestamp.low || message.lastTimestamp.high : message.lastTimestamp !== 0))
                    writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.lastTimestamp);
                if (message.tagIdDeltas != null && message.tagIdDeltas.length)
                    writer.uint32(/* id 5, wireType 2 =*/42).uint32s(message.tagIdDeltas);
                if (message.tagsOmitted != null && $Object.hasOwnProperty.call(message, "tagsOmitted") && (typeof message.tagsOmitted === "object" ? message.tagsOmitted.low || message.tagsOmitted.high : message.tagsOmitted !== 0))
                    writer.uint32(/* id 6, wireType 0 =*/48).uint64(message.tagsOmitted);
                if (message.firstSequence != null && $Object.hasOwnProperty.call(message, "firstSequence") && (typeof message.firstSequence === "object" ? message.firstSequence.low || message.firstSequence.high : message.firstSequence !== 0))
                    writer.uint32(/* id 7, wireType 0 =*/56).uint64(message.firstSequence);
                if (message.lastSequence != null && $Object.hasOwnProperty.call(message, "lastSequence") && (typeof message.lastSequence === "object" ? message.lastSequence.low || message.lastSequence.high : message.lastSequence !== 0))
                    writer.uint32(/* id 8, wireType 0 =*/64).uint64(message.lastSequence);
                if (message.eventCount != null && $Object.hasOwnProperty.call(message, "eventCount") && (typeof message.eventCount === "object" ? message.eventCount.low || message.eventCount.high : message.eventCount !== 0))
                    writer.uint32(/* id 9, wireType 0 =*/72).uint64(message.eventCount);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a LossRecord message from the specified reader or buffer.
             * @function decode
             * @memberof nonreturn.wire.LossRecord
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {nonreturn.wire.LossRecord & nonreturn.wire.LossRecord.$Shape} LossRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            LossRecord.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.nonreturn.wire.LossRecord();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.reason = value;
                            else
                                delete message.reason;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.sampleCount = value;
                            else
                                delete message.sampleCount;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.firstTimestamp = value;
                            else
                                delete message.firstTimestamp;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.lastTimestamp = value;
                            else
                                delete message.lastTimestamp;
                            continue;
                        }
                    case 5: {
                            if (wireType === 2) {
                                if (!(message.tagIdDeltas && message.tagIdDeltas.length))
                                    message.tagIdDeltas = [];
                                reader.uint32s(message.tagIdDeltas);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.tagIdDeltas && message.tagIdDeltas.length))
                                message.tagIdDeltas = [];
                            message.tagIdDeltas.push(reader.uint32());
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.tagsOmitted = value;
                            else
                                delete message.tagsOmitted;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.firstSequence = value;
                            else
                                delete message.firstSequence;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.lastSequence = value;
                            else
                                delete message.lastSequence;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.eventCount = value;
                            else
                                delete message.eventCount;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return LossRecord;
        })();

        /**
         * LossReason enum.
         * @name nonreturn.wire.LossReason
         * @enum {number}
         * @property {number} LOSS_REASON_UNSPECIFIED=0 LOSS_REASON_UNSPECIFIED value
         * @property {number} LOSS_REASON_JOURNAL_FULL=1 LOSS_REASON_JOURNAL_FULL value
         * @property {number} LOSS_REASON_DISK_FULL=2 LOSS_REASON_DISK_FULL value
         * @property {number} LOSS_REASON_JOURNAL_SLOW=3 LOSS_REASON_JOURNAL_SLOW value
         * @property {number} LOSS_REASON_APPEND_FAILED=4 LOSS_REASON_APPEND_FAILED value
         */
        wire.LossReason = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "LOSS_REASON_UNSPECIFIED"] = 0;
            values[valuesById[1] = "LOSS_REASON_JOURNAL_FULL"] = 1;
            values[valuesById[2] = "LOSS_REASON_DISK_FULL"] = 2;
            values[valuesById[3] = "LOSS_REASON_JOURNAL_SLOW"] = 3;
            values[valuesById[4] = "LOSS_REASON_APPEND_FAILED"] = 4;
            return values;
        })();

        wire.HeartbeatBatch = (function() {

            /**
             * Properties of a HeartbeatBatch.
             * @typedef {Object} nonreturn.wire.HeartbeatBatch.$Properties
             * @property {number|Long|null} [counter] HeartbeatBatch counter
             * @property {number|Long|null} [senderTime] HeartbeatBatch senderTime
             * @property {number|Long|null} [headSequence] HeartbeatBatch headSequence
             * @property {number|null} [headSealingEpoch] HeartbeatBatch headSealingEpoch
             * @property {Uint8Array|null} [headHash] HeartbeatBatch headHash
             * @property {number|Long|null} [oldestSequence] HeartbeatBatch oldestSequence
             * @property {number|null} [spreadMs] HeartbeatBatch spreadMs
             * @property {number|null} [secondPassAfterMs] HeartbeatBatch secondPassAfterMs
             * @property {number|null} [directoryRevision] HeartbeatBatch directoryRevision
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a HeartbeatBatch.
             * @memberof nonreturn.wire
             * @interface IHeartbeatBatch
             * @augments nonreturn.wire.HeartbeatBatch.$Properties
             * @deprecated Use nonreturn.wire.HeartbeatBatch.$Properties instead.
             */

            /**
             * Shape of a HeartbeatBatch.
             * @typedef {nonreturn.wire.HeartbeatBatch.$Properties} nonreturn.wire.HeartbeatBatch.$Shape
             */

            /**
             * Constructs a new HeartbeatBatch.
             * @memberof nonreturn.wire
             * @classdesc Represents a HeartbeatBatch.
             * @constructor
             * @param {nonreturn.wire.HeartbeatBatch.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const HeartbeatBatch = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * HeartbeatBatch counter.
             * @member {number|Long} counter
             * @memberof nonreturn.wire.HeartbeatBatch
             * @instance
             */
            HeartbeatBatch.prototype.counter = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * HeartbeatBatch senderTime.
             * @member {number|Long} senderTime
             * @memberof nonreturn.wire.HeartbeatBatch
             * @instance
             */
            HeartbeatBatch.prototype.senderTime = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * HeartbeatBatch headSequence.
             * @member {number|Long} headSequence
             * @memberof nonreturn.wire.HeartbeatBatch
             * @instance
             */
            HeartbeatBatch.prototype.headSequence = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * HeartbeatBatch headSealingEpoch.
             * @member {number} headSealingEpoch
             * @memberof nonreturn.wire.HeartbeatBatch
             * @instance
             */
            HeartbeatBatch.prototype.headSealingEpoch = 0;

            /**
             * HeartbeatBatch headHash.
             * @member {Uint8Array} headHash
             * @memberof nonreturn.wire.HeartbeatBatch
             * @instance
             */
            HeartbeatBatch.prototype.headHash = $util.newBuffer([]);

            /**
             * HeartbeatBatch oldestSequence.
             * @member {number|Long} oldestSequence
             * @memberof nonreturn.wire.HeartbeatBatch
             * @instance
             */
            HeartbeatBatch.prototype.oldestSequence = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * HeartbeatBatch spreadMs.
             * @member {number} spreadMs
             * @memberof nonreturn.wire.HeartbeatBatch
             * @instance
             */
            HeartbeatBatch.prototype.spreadMs = 0;

            /**
             * HeartbeatBatch secondPassAfterMs.
             * @member {number} secondPassAfterMs
             * @memberof nonreturn.wire.HeartbeatBatch
             * @instance
             */
            HeartbeatBatch.prototype.secondPassAfterMs = 0;

            /**
             * HeartbeatBatch directoryRevision.
             * @member {number} directoryRevision
             * @memberof nonreturn.wire.HeartbeatBatch
             * @instance
             */
            HeartbeatBatch.prototype.directoryRevision = 0;

            /**
             * Encodes the specified HeartbeatBatch message. Does not implicitly {@link nonreturn.wire.HeartbeatBatch.verify|verify} messages.
             * @function encode
             * @memberof nonreturn.wire.HeartbeatBatch
             * @static
             * @param {nonreturn.wire.HeartbeatBatch.$Properties} message HeartbeatBatch message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            HeartbeatBatch.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.counter != null && $Object.hasOwnProperty.call(message, "counter") && (typeof message.counter === "object" ? message.counter.low || message.counter.high : message.counter !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.counter);
                if (message.senderTime != null && $Object.hasOwnProperty.call(message, "senderTime") && (typeof message.senderTime === "object" ? message.senderTime.low || message.senderTime.high : message.senderTime !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.senderTime);
                if (message.headSequence != null && $Object.hasOwnProperty.call(message, "headSequence") && (typeof message.headSequence === "object" ? message.headSequence.low || message.headSequence.high : message.headSequence !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.headSequence);
                if (message.headSealingEpoch != null && $Object.hasOwnProperty.call(message, "headSealingEpoch") && message.headSealingEpoch !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.headSealingEpoch);
                if (message.headHash != null && $Object.hasOwnProperty.call(message, "headHash") && message.headHash.length)
                    writer.uint32(/* id 5, wireType 2 =*/42).bytes(message.headHash);
                if (message.oldestSequence != null && $Object.hasOwnProperty.call(message, "oldestSequence") && (typeof message.oldestSequence === "object" ? message.oldestSequence.low || message.oldestSequence.high : message.oldestSequence !== 0))
                    writer.uint32(/* id 6, wireType 0 =*/48).uint64(message.oldestSequence);
                if (message.spreadMs != null && $Object.hasOwnProperty.call(message, "spreadMs") && message.spreadMs !== 0)
                    writer.uint32(/* id 7, wireType 0 =*/56).uint32(message.spreadMs);
                if (message.secondPassAfterMs != null && $Object.hasOwnProperty.call(message, "secondPassAfterMs") && message.secondPassAfterMs !== 0)
                    writer.uint32(/* id 8, wireType 0 =*/64).uint32(message.secondPassAfterMs);
                if (message.directoryRevision != null && $Object.hasOwnProperty.call(message, "directoryRevision") && message.directoryRevision !== 0)
                    writer.uint32(/* id 9, wireType 0 =*/72).uint32(message.directoryRevision);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a HeartbeatBatch message from the specified reader or buffer.
             * @function decode
             * @memberof nonreturn.wire.HeartbeatBatch
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {nonreturn.wire.HeartbeatBatch & nonreturn.wire.HeartbeatBatch.$Shape} HeartbeatBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            HeartbeatBatch.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.nonreturn.wire.HeartbeatBatch();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.counter = value;
                            else
                                delete message.counter;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.senderTime = value;
                            else
                                delete message.senderTime;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.headSequence = value;
                            else
                                delete message.headSequence;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.headSealingEpoch = value;
                            else
                                delete message.headSealingEpoch;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.headHash = value;
                            else
                                delete message.headHash;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.oldestSequence = value;
                            else
                                delete message.oldestSequence;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.spreadMs = value;
                            else
                                delete message.spreadMs;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.secondPassAfterMs = value;
                            else
                                delete message.secondPassAfterMs;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.directoryRevision = value;
                            else
                                delete message.directoryRevision;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return HeartbeatBatch;
        })();

        wire.StatusBatch = (function() {

            /**
             * Properties of a StatusBatch.
             * @typedef {Object} nonreturn.wire.StatusBatch.$Properties
             * @property {string|null} [stationName] StatusBatch stationName
             * @property {string|null} [softwareVersion] StatusBatch softwareVersion
             * @property {nonreturn.wire.StationMode|null} [mode] StatusBatch mode
             * @property {number|Long|null} [time] StatusBatch time
             * @property {Array.<nonreturn.wire.DeviceStatus.$Properties>|null} [devices] StatusBatch devices
             * @property {Array.<nonreturn.wire.Figure.$Properties>|null} [figures] StatusBatch figures
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a StatusBatch.
             * @memberof nonreturn.wire
             * @interface IStatusBatch
             * @augments nonreturn.wire.StatusBatch.$Properties
             * @deprecated Use nonreturn.wire.StatusBatch.$Properties instead.
             */

            /**
             * Shape of a StatusBatch.
             * @typedef {nonreturn.wire.StatusBatch.$Properties} nonreturn.wire.StatusBatch.$Shape
             */

            /**
             * Constructs a new StatusBatch.
             * @memberof nonreturn.wire
             * @classdesc Represents a StatusBatch.
             * @constructor
             * @param {nonreturn.wire.StatusBatch.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const StatusBatch = function (properties) {
                this.devices = [];
                this.figures = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * StatusBatch stationName.
             * @member {string} stationName
             * @memberof nonreturn.wire.StatusBatch
             * @instance
             */
            StatusBatch.prototype.stationName = "";

            /**
             * StatusBatch softwareVersion.
             * @member {string} softwareVersion
             * @memberof nonreturn.wire.StatusBatch
             * @instance
             */
            StatusBatch.prototype.softwareVersion = "";

            /**
             * StatusBatch mode.
             * @member {nonreturn.wire.StationMode} mode
             * @memberof nonreturn.wire.StatusBatch
             * @instance
             */
            StatusBatch.prototype.mode = 0;

            /**
             * StatusBatch time.
             * @member {number|Long} time
             * @memberof nonreturn.wire.StatusBatch
             * @instance
             */
            StatusBatch.prototype.time = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * StatusBatch devices.
             * @member {Array.<nonreturn.wire.DeviceStatus.$Properties>} devices
             * @memberof nonreturn.wire.StatusBatch
             * @instance
             */
            StatusBatch.prototype.devices = $util.emptyArray;

            /**
             * StatusBatch figures.
             * @member {Array.<nonreturn.wire.Figure.$Properties>} figures
             * @memberof nonreturn.wire.StatusBatch
             * @instance
             */
            StatusBatch.prototype.figures = $util.emptyArray;

            /**
             * Encodes the specified StatusBatch message. Does not implicitly {@link nonreturn.wire.StatusBatch.verify|verify} messages.
             * @function encode
             * @memberof nonreturn.wire.StatusBatch
             * @static
             * @param {nonreturn.wire.StatusBatch.$Properties} message StatusBatch message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            StatusBatch.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.stationName != null && $Object.hasOwnProperty.call(message, "stationName") && message.stationName !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.stationName);
                if (message.softwareVersion != null && $Object.hasOwnProperty.call(message, "softwareVersion") && message.softwareVersion !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.softwareVersion);
                if (message.mode != null && $Object.hasOwnProperty.call(message, "mode") && message.mode !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).int32(message.mode);
                if (message.time != null && $Object.hasOwnProperty.call(message, "time") && (typeof message.time === "object" ? message.time.low || message.time.high : message.time !== 0))
                    writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.time);
                if (message.devices != null && message.devices.length)
                    for (let i = 0; i < message.devices.length; ++i)
                        $root.nonreturn.wire.DeviceStatus.encode(message.devices[i], writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                if (message.figures != null && message.figures.length)
                    for (let i = 0; i < message.figures.length; ++i)
                        $root.nonreturn.wire.Figure.encode(message.figures[i], writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a StatusBatch message from the specified reader or buffer.
             * @function decode
             * @memberof nonreturn.wire.StatusBatch
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {nonreturn.wire.StatusBatch & nonreturn.wire.StatusBatch.$Shape} StatusBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            StatusBatch.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.nonreturn.wire.StatusBatch();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.stationName = value;
                            else
                                delete message.stationName;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.softwareVersion = value;
                            else
                                delete message.softwareVersion;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.mode = value;
                            else
                                delete message.mode;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.time = value;
                            else
                                delete message.time;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if (!(message.devices && message.devices.length))
                                message.devices = [];
                            message.devices.push($root.nonreturn.wire.DeviceStatus.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if (!(message.figures && message.figures.length))
                                message.figures = [];
                            message.figures.push($root.nonreturn.wire.Figure.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return StatusBatch;
        })();

        /**
         * StationMode enum.
         * @name nonreturn.wire.StationMode
         * @enum {number}
         * @property {number} STATION_MODE_UNSPECIFIED=0 STATION_MODE_UNSPECIFIED value
         * @property {number} STATION_MODE_PRODUCTION=1 STATION_MODE_PRODUCTION value
         * @property {number} STATION_MODE_LAB=2 STATION_MODE_LAB value
         */
        wire.StationMode = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "STATION_MODE_UNSPECIFIED"] = 0;
            values[valuesById[1] = "STATION_MODE_PRODUCTION"] = 1;
            values[valuesById[2] = "STATION_MODE_LAB"] = 2;
            return values;
        })();

        wire.DeviceStatus = (function() {

            /**
             * Properties of a DeviceStatus.
             * @typedef {Object} nonreturn.wire.DeviceStatus.$Properties
             * @property {string|null} [device] DeviceStatus device
             * @property {nonreturn.wire.DeviceState|null} [state] DeviceStatus state
             * @property {string|null} [reason] DeviceStatus reason
             * @property {number|Long|null} [since] DeviceStatus since
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a DeviceStatus.
             * @memberof nonreturn.wire
             * @interface IDeviceStatus
             * @augments nonreturn.wire.DeviceStatus.$Properties
             * @deprecated Use nonreturn.wire.DeviceStatus.$Properties instead.
             */

            /**
             * Shape of a DeviceStatus.
             * @typedef {nonreturn.wire.DeviceStatus.$Properties} nonreturn.wire.DeviceStatus.$Shape
             */

            /**
             * Constructs a new DeviceStatus.
             * @memberof nonreturn.wire
             * @classdesc Represents a DeviceStatus.
             * @constructor
             * @param {nonreturn.wire.DeviceStatus.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const DeviceStatus = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * DeviceStatus device.
             * @member {string} device
             * @memberof nonreturn.wire.DeviceStatus
             * @instance
             */
            DeviceStatus.prototype.device = "";

            /**
             * DeviceStatus state.
             * @member {nonreturn.wire.DeviceState} state
             * @memberof nonreturn.wire.DeviceStatus
             * @instance
             */
            DeviceStatus.prototype.state = 0;

            /**
             * DeviceStatus reason.
             * @member {string} reason
             * @memberof nonreturn.wire.DeviceStatus
             * @instance
             */
            DeviceStatus.prototype.reason = "";

            /**
             * DeviceStatus since.
             * @member {number|Long} since
             * @memberof nonreturn.wire.DeviceStatus
             * @instance
             */
            DeviceStatus.prototype.since = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Encodes the specified DeviceStatus message. Does not implicitly {@link nonreturn.wire.DeviceStatus.verify|verify} messages.
             * @function encode
             * @memberof nonreturn.wire.DeviceStatus
             * @static
             * @param {nonreturn.wire.DeviceStatus.$Properties} message DeviceStatus message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            DeviceStatus.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.device != null && $Object.hasOwnProperty.call(message, "device") && message.device !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.device);
                if (message.state != null && $Object.hasOwnProperty.call(message, "state") && message.state !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).int32(message.state);
                if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.reason);
                if (message.since != null && $Object.hasOwnProperty.call(message, "since") && (typeof message.since === "object" ? message.since.low || message.since.high : message.since !== 0))
                    writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.since);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a DeviceStatus message from the specified reader or buffer.
             * @function decode
             * @memberof nonreturn.wire.DeviceStatus
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {nonreturn.wire.DeviceStatus & nonreturn.wire.DeviceStatus.$Shape} DeviceStatus
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            DeviceStatus.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.nonreturn.wire.DeviceStatus();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.device = value;
                            else
                                delete message.device;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.state = value;
                            else
                                delete message.state;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.reason = value;
                            else
                                delete message.reason;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.since = value;
                            else
                                delete message.since;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return DeviceStatus;
        })();

        /**
         * DeviceState enum.
         * @name nonreturn.wire.DeviceState
         * @enum {number}
         * @property {number} DEVICE_STATE_UNSPECIFIED=0 DEVICE_STATE_UNSPECIFIED value
         * @property {number} DEVICE_STATE_CONNECTING=1 DEVICE_STATE_CONNECTING value
         * @property {number} DEVICE_STATE_CONNECTED=2 DEVICE_STATE_CONNECTED value
         * @property {number} DEVICE_STATE_FAILED=3 DEVICE_STATE_FAILED value
         * @property {number} DEVICE_STATE_DISABLED=4 DEVICE_STATE_DISABLED value
         */
        wire.DeviceState = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "DEVICE_STATE_UNSPECIFIED"] = 0;
            values[valuesById[1] = "DEVICE_STATE_CONNECTING"] = 1;
            values[valuesById[2] = "DEVICE_STATE_CONNECTED"] = 2;
            values[valuesById[3] = "DEVICE_STATE_FAILED"] = 3;
            values[valuesById[4] = "DEVICE_STATE_DISABLED"] = 4;
            return values;
        })();

        wire.Figure = (function() {

            /**
             * Properties of a Figure.
             * @typedef {Object} nonreturn.wire.Figure.$Properties
             * @property {string|null} [name] Figure name
             * @property {number|null} [value] Figure value
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Figure.
             * @memberof nonreturn.wire
             * @interface IFigure
             * @augments nonreturn.wire.Figure.$Properties
             * @deprecated Use nonreturn.wire.Figure.$Properties instead.
             */

            /**
             * Shape of a Figure.
             * @typedef {nonreturn.wire.Figure.$Properties} nonreturn.wire.Figure.$Shape
             */

            /**
             * Constructs a new Figure.
             * @memberof nonreturn.wire
             * @classdesc Represents a Figure.
             * @constructor
             * @param {nonreturn.wire.Figure.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Figure = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Figure name.
             * @member {string} name
             * @memberof nonreturn.wire.Figure
             * @instance
             */
            Figure.prototype.name = "";

            /**
             * Figure value.
             * @member {number} value
             * @memberof nonreturn.wire.Figure
             * @instance
             */
            Figure.prototype.value = 0;

            /**
             * Encodes the specified Figure message. Does not implicitly {@link nonreturn.wire.Figure.verify|verify} messages.
             * @function encode
             * @memberof nonreturn.wire.Figure
             * @static
             * @param {nonreturn.wire.Figure.$Properties} message Figure message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Figure.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.name);
                if (message.value != null && $Object.hasOwnProperty.call(message, "value") && !$Object.is(message.value, 0))
                    writer.uint32(/* id 2, wireType 1 =*/17).double(message.value);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Figure message from the specified reader or buffer.
             * @function decode
             * @memberof nonreturn.wire.Figure
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {nonreturn.wire.Figure & nonreturn.wire.Figure.$Shape} Figure
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Figure.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.nonreturn.wire.Figure();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.value = value;
                            else
                                delete message.value;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Figure;
        })();

        return wire;
    })();

    return nonreturn;
})();

export {
  $root as default
};
