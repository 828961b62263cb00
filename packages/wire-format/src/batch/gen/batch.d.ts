import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace nonreturn. */
export namespace nonreturn {

    /** Namespace wire. */
    namespace wire {

        /**
         * Properties of a SampleBatch.
         * @deprecated Use nonreturn.wire.SampleBatch.$Properties instead.
         */
        interface ISampleBatch extends nonreturn.wire.SampleBatch.$Properties {
        }

        /** Represents a SampleBatch. */
        class SampleBatch {

            /**
             * Constructs a new SampleBatch.
             * @param [properties] Properties to set
             */
            constructor(properties?: nonreturn.wire.SampleBatch.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SampleBatch directoryRevision. */
            directoryRevision: number;

            /** SampleBatch runRows. */
            runRows: number[];

            /** SampleBatch runTimestampDeltas. */
            runTimestampDeltas: (number|Long)[];

            /** SampleBatch tagIdDeltas. */
            tagIdDeltas: number[];

            /** SampleBatch statusRows. */
            statusRows: number[];

            /** SampleBatch statusCodes. */
            statusCodes: number[];

            /** SampleBatch values. */
            values?: (nonreturn.wire.ValueColumns.$Properties|null);

            /**
             * Encodes the specified SampleBatch message. Does not implicitly {@link nonreturn.wire.SampleBatch.verify|verify} messages.
             * @param message SampleBatch message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: nonreturn.wire.SampleBatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SampleBatch message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {nonreturn.wire.SampleBatch & nonreturn.wire.SampleBatch.$Shape} SampleBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): nonreturn.wire.SampleBatch & nonreturn.wire.SampleBatch.$Shape;
        }

        namespace SampleBatch {

            /** Properties of a SampleBatch. */
            interface $Properties {

                /** SampleBatch directoryRevision */
                directoryRevision?: (number|null);

                /** SampleBatch runRows */
                runRows?: (number[]|null);

                /** SampleBatch runTimestampDeltas */
                runTimestampDeltas?: ((number|Long)[]|null);

                /** SampleBatch tagIdDeltas */
                tagIdDeltas?: (number[]|null);

                /** SampleBatch statusRows */
                statusRows?: (number[]|null);

                /** SampleBatch statusCodes */
                statusCodes?: (number[]|null);

                /** SampleBatch values */
                values?: (nonreturn.wire.ValueColumns.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SampleBatch. */
            type $Shape = nonreturn.wire.SampleBatch.$Properties;
        }

        /**
         * Properties of a ValueColumns.
         * @deprecated Use nonreturn.wire.ValueColumns.$Properties instead.
         */
        interface IValueColumns extends nonreturn.wire.ValueColumns.$Properties {
        }

        /** Represents a ValueColumns. */
        class ValueColumns {

            /**
             * Constructs a new ValueColumns.
             * @param [properties] Properties to set
             */
            constructor(properties?: nonreturn.wire.ValueColumns.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ValueColumns codes. */
            codes: Uint8Array;

            /** ValueColumns integers. */
            integers: number[];

            /** ValueColumns wideIntegers. */
            wideIntegers: (number|Long)[];

            /** ValueColumns floats. */
            floats: number[];

            /** ValueColumns doubles. */
            doubles: number[];

            /** ValueColumns signedLongs. */
            signedLongs: (number|Long)[];

            /** ValueColumns unsignedLongs. */
            unsignedLongs: (number|Long)[];

            /** ValueColumns stringBytes. */
            stringBytes: number[];

            /** ValueColumns strings. */
            strings: Uint8Array;

            /** ValueColumns blobBytes. */
            blobBytes: number[];

            /** ValueColumns blobs. */
            blobs: Uint8Array;

            /** ValueColumns arrayElements. */
            arrayElements: number[];

            /** ValueColumns elements. */
            elements?: (nonreturn.wire.ValueColumns.$Properties|null);

            /**
             * Encodes the specified ValueColumns message. Does not implicitly {@link nonreturn.wire.ValueColumns.verify|verify} messages.
             * @param message ValueColumns message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: nonreturn.wire.ValueColumns.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ValueColumns message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {nonreturn.wire.ValueColumns & nonreturn.wire.ValueColumns.$Shape} ValueColumns
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): nonreturn.wire.ValueColumns & nonreturn.wire.ValueColumns.$Shape;
        }

        namespace ValueColumns {

            /** Properties of a ValueColumns. */
            interface $Properties {

                /** ValueColumns codes */
                codes?: (Uint8Array|null);

                /** ValueColumns integers */
                integers?: (number[]|null);

                /** ValueColumns wideIntegers */
                wideIntegers?: ((number|Long)[]|null);

                /** ValueColumns floats */
                floats?: (number[]|null);

                /** ValueColumns doubles */
                doubles?: (number[]|null);

                /** ValueColumns signedLongs */
                signedLongs?: ((number|Long)[]|null);

                /** ValueColumns unsignedLongs */
                unsignedLongs?: ((number|Long)[]|null);

                /** ValueColumns stringBytes */
                stringBytes?: (number[]|null);

                /** ValueColumns strings */
                strings?: (Uint8Array|null);

                /** ValueColumns blobBytes */
                blobBytes?: (number[]|null);

                /** ValueColumns blobs */
                blobs?: (Uint8Array|null);

                /** ValueColumns arrayElements */
                arrayElements?: (number[]|null);

                /** ValueColumns elements */
                elements?: (nonreturn.wire.ValueColumns.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ValueColumns. */
            type $Shape = nonreturn.wire.ValueColumns.$Properties;
        }

        /**
         * Properties of an EventBatch.
         * @deprecated Use nonreturn.wire.EventBatch.$Properties instead.
         */
        interface IEventBatch extends nonreturn.wire.EventBatch.$Properties {
        }

        /** Represents an EventBatch. */
        class EventBatch {

            /**
             * Constructs a new EventBatch.
             * @param [properties] Properties to set
             */
            constructor(properties?: nonreturn.wire.EventBatch.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** EventBatch directoryRevision. */
            directoryRevision: number;

            /** EventBatch events. */
            events: nonreturn.wire.AlarmEvent.$Properties[];

            /** EventBatch values. */
            values: Uint8Array;

            /**
             * Encodes the specified EventBatch message. Does not implicitly {@link nonreturn.wire.EventBatch.verify|verify} messages.
             * @param message EventBatch message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: nonreturn.wire.EventBatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an EventBatch message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {nonreturn.wire.EventBatch & nonreturn.wire.EventBatch.$Shape} EventBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): nonreturn.wire.EventBatch & nonreturn.wire.EventBatch.$Shape;
        }

        namespace EventBatch {

            /** Properties of an EventBatch. */
            interface $Properties {

                /** EventBatch directoryRevision */
                directoryRevision?: (number|null);

                /** EventBatch events */
                events?: (nonreturn.wire.AlarmEvent.$Properties[]|null);

                /** EventBatch values */
                values?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an EventBatch. */
            type $Shape = nonreturn.wire.EventBatch.$Properties;
        }

        /**
         * Properties of an AlarmEvent.
         * @deprecated Use nonreturn.wire.AlarmEvent.$Properties instead.
         */
        interface IAlarmEvent extends nonreturn.wire.AlarmEvent.$Properties {
        }

        /** Represents an AlarmEvent. */
        class AlarmEvent {

            /**
             * Constructs a new AlarmEvent.
             * @param [properties] Properties to set
             */
            constructor(properties?: nonreturn.wire.AlarmEvent.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** AlarmEvent eventSequence. */
            eventSequence: (number|Long);

            /** AlarmEvent tagId. */
            tagId: number;

            /** AlarmEvent condition. */
            condition: string;

            /** AlarmEvent state. */
            state: nonreturn.wire.AlarmState;

            /** AlarmEvent severity. */
            severity: number;

            /** AlarmEvent text. */
            text: string;

            /** AlarmEvent time. */
            time: (number|Long);

            /**
             * Encodes the specified AlarmEvent message. Does not implicitly {@link nonreturn.wire.AlarmEvent.verify|verify} messages.
             * @param message AlarmEvent message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: nonreturn.wire.AlarmEvent.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an AlarmEvent message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {nonreturn.wire.AlarmEvent & nonreturn.wire.AlarmEvent.$Shape} AlarmEvent
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): nonreturn.wire.AlarmEvent & nonreturn.wire.AlarmEvent.$Shape;
        }

        namespace AlarmEvent {

            /** Properties of an AlarmEvent. */
            interface $Properties {

                /** AlarmEvent eventSequence */
                eventSequence?: (number|Long|null);

                /** AlarmEvent tagId */
                tagId?: (number|null);

                /** AlarmEvent condition */
                condition?: (string|null);

                /** AlarmEvent state */
                state?: (nonreturn.wire.AlarmState|null);

                /** AlarmEvent severity */
                severity?: (number|null);

                /** AlarmEvent text */
                text?: (string|null);

                /** AlarmEvent time */
                time?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an AlarmEvent. */
            type $Shape = nonreturn.wire.AlarmEvent.$Properties;
        }

        /** AlarmState enum. */
        enum AlarmState {

            /** ALARM_STATE_UNSPECIFIED value */
            ALARM_STATE_UNSPECIFIED = 0,

            /** ALARM_STATE_ACTIVE value */
            ALARM_STATE_ACTIVE = 1,

            /** ALARM_STATE_INACTIVE value */
            ALARM_STATE_INACTIVE = 2
        }

        /**
         * Properties of a DirectoryBatch.
         * @deprecated Use nonreturn.wire.DirectoryBatch.$Properties instead.
         */
        interface IDirectoryBatch extends nonreturn.wire.DirectoryBatch.$Properties {
        }

        /** Represents a DirectoryBatch. */
        class DirectoryBatch {

            /**
             * Constructs a new DirectoryBatch.
             * @param [properties] Properties to set
             */
            constructor(properties?: nonreturn.wire.DirectoryBatch.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DirectoryBatch revision. */
            revision: number;

            /** DirectoryBatch part. */
            part: number;

            /** DirectoryBatch parts. */
            parts: number;

            /** DirectoryBatch tags. */
            tags: nonreturn.wire.TagDefinition.$Properties[];

            /**
             * Encodes the specified DirectoryBatch message. Does not implicitly {@link nonreturn.wire.DirectoryBatch.verify|verify} messages.
             * @param message DirectoryBatch message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: nonreturn.wire.DirectoryBatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DirectoryBatch message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {nonreturn.wire.DirectoryBatch & nonreturn.wire.DirectoryBatch.$Shape} DirectoryBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): nonreturn.wire.DirectoryBatch & nonreturn.wire.DirectoryBatch.$Shape;
        }

        namespace DirectoryBatch {

            /** Properties of a DirectoryBatch. */
            interface $Properties {

                /** DirectoryBatch revision */
                revision?: (number|null);

                /** DirectoryBatch part */
                part?: (number|null);

                /** DirectoryBatch parts */
                parts?: (number|null);

                /** DirectoryBatch tags */
                tags?: (nonreturn.wire.TagDefinition.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DirectoryBatch. */
            type $Shape = nonreturn.wire.DirectoryBatch.$Properties;
        }

        /**
         * Properties of a TagDefinition.
         * @deprecated Use nonreturn.wire.TagDefinition.$Properties instead.
         */
        interface ITagDefinition extends nonreturn.wire.TagDefinition.$Properties {
        }

        /** Represents a TagDefinition. */
        class TagDefinition {

            /**
             * Constructs a new TagDefinition.
             * @param [properties] Properties to set
             */
            constructor(properties?: nonreturn.wire.TagDefinition.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** TagDefinition tagId. */
            tagId: number;

            /** TagDefinition path. */
            path: string;

            /** TagDefinition dataType. */
            dataType: nonreturn.wire.DataType;

            /** TagDefinition unit. */
            unit: string;

            /** TagDefinition description. */
            description: string;

            /** TagDefinition rangeLow. */
            rangeLow?: (number|null);

            /** TagDefinition rangeHigh. */
            rangeHigh?: (number|null);

            /** TagDefinition device. */
            device: string;

            /** TagDefinition maximumSilenceMs. */
            maximumSilenceMs: (number|Long);

            /** TagDefinition retired. */
            retired: boolean;

            /**
             * Encodes the specified TagDefinition message. Does not implicitly {@link nonreturn.wire.TagDefinition.verify|verify} messages.
             * @param message TagDefinition message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: nonreturn.wire.TagDefinition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a TagDefinition message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {nonreturn.wire.TagDefinition & nonreturn.wire.TagDefinition.$Shape} TagDefinition
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): nonreturn.wire.TagDefinition & nonreturn.wire.TagDefinition.$Shape;
        }

        namespace TagDefinition {

            /** Properties of a TagDefinition. */
            interface $Properties {

                /** TagDefinition tagId */
                tagId?: (number|null);

                /** TagDefinition path */
                path?: (string|null);

                /** TagDefinition dataType */
                dataType?: (nonreturn.wire.DataType|null);

                /** TagDefinition unit */
                unit?: (string|null);

                /** TagDefinition description */
                description?: (string|null);

                /** TagDefinition rangeLow */
                rangeLow?: (number|null);

                /** TagDefinition rangeHigh */
                rangeHigh?: (number|null);

                /** TagDefinition device */
                device?: (string|null);

                /** TagDefinition maximumSilenceMs */
                maximumSilenceMs?: (number|Long|null);

                /** TagDefinition retired */
                retired?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a TagDefinition. */
            type $Shape = nonreturn.wire.TagDefinition.$Properties;
        }

        /** DataType enum. */
        enum DataType {

            /** DATA_TYPE_UNSPECIFIED value */
            DATA_TYPE_UNSPECIFIED = 0,

            /** BOOLEAN value */
            BOOLEAN = 1,

            /** INT8 value */
            INT8 = 2,

            /** UINT8 value */
            UINT8 = 3,

            /** INT16 value */
            INT16 = 4,

            /** UINT16 value */
            UINT16 = 5,

            /** INT32 value */
            INT32 = 6,

            /** UINT32 value */
            UINT32 = 7,

            /** INT64 value */
            INT64 = 8,

            /** UINT64 value */
            UINT64 = 9,

            /** FLOAT16 value */
            FLOAT16 = 10,

            /** FLOAT32 value */
            FLOAT32 = 11,

            /** FLOAT64 value */
            FLOAT64 = 12,

            /** STRING value */
            STRING = 13,

            /** BYTES value */
            BYTES = 14,

            /** TIMESTAMP value */
            TIMESTAMP = 15
        }

        /**
         * Properties of a LossBatch.
         * @deprecated Use nonreturn.wire.LossBatch.$Properties instead.
         */
        interface ILossBatch extends nonreturn.wire.LossBatch.$Properties {
        }

        /** Represents a LossBatch. */
        class LossBatch {

            /**
             * Constructs a new LossBatch.
             * @param [properties] Properties to set
             */
            constructor(properties?: nonreturn.wire.LossBatch.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** LossBatch records. */
            records: nonreturn.wire.LossRecord.$Properties[];

            /**
             * Encodes the specified LossBatch message. Does not implicitly {@link nonreturn.wire.LossBatch.verify|verify} messages.
             * @param message LossBatch message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: nonreturn.wire.LossBatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LossBatch message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {nonreturn.wire.LossBatch & nonreturn.wire.LossBatch.$Shape} LossBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): nonreturn.wire.LossBatch & nonreturn.wire.LossBatch.$Shape;
        }

        namespace LossBatch {

            /** Properties of a LossBatch. */
            interface $Properties {

                /** LossBatch records */
                records?: (nonreturn.wire.LossRecord.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a LossBatch. */
            type $Shape = nonreturn.wire.LossBatch.$Properties;
        }

        /**
         * Properties of a LossRecord.
         * @deprecated Use nonreturn.wire.LossRecord.$Properties instead.
         */
        interface ILossRecord extends nonreturn.wire.LossRecord.$Properties {
        }

        /** Represents a LossRecord. */
        class LossRecord {

            /**
             * Constructs a new LossRecord.
             * @param [properties] Properties to set
             */
            constructor(properties?: nonreturn.wire.LossRecord.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** LossRecord reason. */
            reason: nonreturn.wire.LossReason;

            /** LossRecord sampleCount. */
            sampleCount: (number|Long);

            /** LossRecord firstTimestamp. */
            firstTimestamp: (number|Long);

            /** LossRecord lastTimestamp. */
            lastTimestamp: (number|Long);

            /** LossRecord tagIdDeltas. */
            tagIdDeltas: number[];

            /** LossRecord tagsOmitted. */
            tagsOmitted: (number|Long);

            /** LossRecord firstSequence. */
            firstSequence: (number|Long);

            /** LossRecord lastSequence. */
            lastSequence: (number|Long);

            /** LossRecord eventCount. */
            eventCount: (number|Long);

            /**
             * Encodes the specified LossRecord message. Does not implicitly {@link nonreturn.wire.LossRecord.verify|verify} messages.
             * @param message LossRecord message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: nonreturn.wire.LossRecord.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LossRecord message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {nonreturn.wire.LossRecord & nonreturn.wire.LossRecord.$Shape} LossRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): nonreturn.wire.LossRecord & nonreturn.wire.LossRecord.$Shape;
        }

        namespace LossRecord {

            /** Properties of a LossRecord. */
            interface $Properties {

                /** LossRecord reason */
                reason?: (nonreturn.wire.LossReason|null);

                /** LossRecord sampleCount */
                sampleCount?: (number|Long|null);

                /** LossRecord firstTimestamp */
                firstTimestamp?: (number|Long|null);

                /** LossRecord lastTimestamp */
                lastTimestamp?: (number|Long|null);

                /** LossRecord tagIdDeltas */
                tagIdDeltas?: (number[]|null);

                /** LossRecord tagsOmitted */
                tagsOmitted?: (number|Long|null);

                /** LossRecord firstSequence */
                firstSequence?: (number|Long|null);

                /** LossRecord lastSequence */
                lastSequence?: (number|Long|null);

                /** LossRecord eventCount */
                eventCount?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a LossRecord. */
            type $Shape = nonreturn.wire.LossRecord.$Properties;
        }

        /** LossReason enum. */
        enum LossReason {

            /** LOSS_REASON_UNSPECIFIED value */
            LOSS_REASON_UNSPECIFIED = 0,

            /** LOSS_REASON_JOURNAL_FULL value */
            LOSS_REASON_JOURNAL_FULL = 1,

            /** LOSS_REASON_DISK_FULL value */
            LOSS_REASON_DISK_FULL = 2,

            /** LOSS_REASON_JOURNAL_SLOW value */
            LOSS_REASON_JOURNAL_SLOW = 3,

            /** LOSS_REASON_APPEND_FAILED value */
            LOSS_REASON_APPEND_FAILED = 4
        }

        /**
         * Properties of a HeartbeatBatch.
         * @deprecated Use nonreturn.wire.HeartbeatBatch.$Properties instead.
         */
        interface IHeartbeatBatch extends nonreturn.wire.HeartbeatBatch.$Properties {
        }

        /** Represents a HeartbeatBatch. */
        class HeartbeatBatch {

            /**
             * Constructs a new HeartbeatBatch.
             * @param [properties] Properties to set
             */
            constructor(properties?: nonreturn.wire.HeartbeatBatch.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** HeartbeatBatch counter. */
            counter: (number|Long);

            /** HeartbeatBatch senderTime. */
            senderTime: (number|Long);

            /** HeartbeatBatch headSequence. */
            headSequence: (number|Long);

            /** HeartbeatBatch headSealingEpoch. */
            headSealingEpoch: number;

            /** HeartbeatBatch headHash. */
            headHash: Uint8Array;

            /** HeartbeatBatch oldestSequence. */
            oldestSequence: (number|Long);

            /** HeartbeatBatch spreadMs. */
            spreadMs: number;

            /** HeartbeatBatch secondPassAfterMs. */
            secondPassAfterMs: number;

            /** HeartbeatBatch directoryRevision. */
            directoryRevision: number;

            /**
             * Encodes the specified HeartbeatBatch message. Does not implicitly {@link nonreturn.wire.HeartbeatBatch.verify|verify} messages.
             * @param message HeartbeatBatch message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: nonreturn.wire.HeartbeatBatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a HeartbeatBatch message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {nonreturn.wire.HeartbeatBatch & nonreturn.wire.HeartbeatBatch.$Shape} HeartbeatBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): nonreturn.wire.HeartbeatBatch & nonreturn.wire.HeartbeatBatch.$Shape;
        }

        namespace HeartbeatBatch {

            /** Properties of a HeartbeatBatch. */
            interface $Properties {

                /** HeartbeatBatch counter */
                counter?: (number|Long|null);

                /** HeartbeatBatch senderTime */
                senderTime?: (number|Long|null);

                /** HeartbeatBatch headSequence */
                headSequence?: (number|Long|null);

                /** HeartbeatBatch headSealingEpoch */
                headSealingEpoch?: (number|null);

                /** HeartbeatBatch headHash */
                headHash?: (Uint8Array|null);

                /** HeartbeatBatch oldestSequence */
                oldestSequence?: (number|Long|null);

                /** HeartbeatBatch spreadMs */
                spreadMs?: (number|null);

                /** HeartbeatBatch secondPassAfterMs */
                secondPassAfterMs?: (number|null);

                /** HeartbeatBatch directoryRevision */
                directoryRevision?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a HeartbeatBatch. */
            type $Shape = nonreturn.wire.HeartbeatBatch.$Properties;
        }

        /**
         * Properties of a StatusBatch.
         * @deprecated Use nonreturn.wire.StatusBatch.$Properties instead.
         */
        interface IStatusBatch extends nonreturn.wire.StatusBatch.$Properties {
        }

        /** Represents a StatusBatch. */
        class StatusBatch {

            /**
             * Constructs a new StatusBatch.
             * @param [properties] Properties to set
             */
            constructor(properties?: nonreturn.wire.StatusBatch.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** StatusBatch stationName. */
            stationName: string;

            /** StatusBatch softwareVersion. */
            softwareVersion: string;

            /** StatusBatch mode. */
            mode: nonreturn.wire.StationMode;

            /** StatusBatch time. */
            time: (number|Long);

            /** StatusBatch devices. */
            devices: nonreturn.wire.DeviceStatus.$Properties[];

            /** StatusBatch figures. */
            figures: nonreturn.wire.Figure.$Properties[];

            /**
             * Encodes the specified StatusBatch message. Does not implicitly {@link nonreturn.wire.StatusBatch.verify|verify} messages.
             * @param message StatusBatch message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: nonreturn.wire.StatusBatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a StatusBatch message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {nonreturn.wire.StatusBatch & nonreturn.wire.StatusBatch.$Shape} StatusBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): nonreturn.wire.StatusBatch & nonreturn.wire.StatusBatch.$Shape;
        }

        namespace StatusBatch {

            /** Properties of a StatusBatch. */
            interface $Properties {

                /** StatusBatch stationName */
                stationName?: (string|null);

                /** StatusBatch softwareVersion */
                softwareVersion?: (string|null);

                /** StatusBatch mode */
                mode?: (nonreturn.wire.StationMode|null);

                /** StatusBatch time */
                time?: (number|Long|null);

                /** StatusBatch devices */
                devices?: (nonreturn.wire.DeviceStatus.$Properties[]|null);

                /** StatusBatch figures */
                figures?: (nonreturn.wire.Figure.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a StatusBatch. */
            type $Shape = nonreturn.wire.StatusBatch.$Properties;
        }

        /** StationMode enum. */
        enum StationMode {

            /** STATION_MODE_UNSPECIFIED value */
            STATION_MODE_UNSPECIFIED = 0,

            /** STATION_MODE_PRODUCTION value */
            STATION_MODE_PRODUCTION = 1,

            /** STATION_MODE_LAB value */
            STATION_MODE_LAB = 2
        }

        /**
         * Properties of a DeviceStatus.
         * @deprecated Use nonreturn.wire.DeviceStatus.$Properties instead.
         */
        interface IDeviceStatus extends nonreturn.wire.DeviceStatus.$Properties {
        }

        /** Represents a DeviceStatus. */
        class DeviceStatus {

            /**
             * Constructs a new DeviceStatus.
             * @param [properties] Properties to set
             */
            constructor(properties?: nonreturn.wire.DeviceStatus.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DeviceStatus device. */
            device: string;

            /** DeviceStatus state. */
            state: nonreturn.wire.DeviceState;

            /** DeviceStatus reason. */
            reason: string;

            /** DeviceStatus since. */
            since: (number|Long);

            /**
             * Encodes the specified DeviceStatus message. Does not implicitly {@link nonreturn.wire.DeviceStatus.verify|verify} messages.
             * @param message DeviceStatus message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: nonreturn.wire.DeviceStatus.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DeviceStatus message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {nonreturn.wire.DeviceStatus & nonreturn.wire.DeviceStatus.$Shape} DeviceStatus
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): nonreturn.wire.DeviceStatus & nonreturn.wire.DeviceStatus.$Shape;
        }

        namespace DeviceStatus {

            /** Properties of a DeviceStatus. */
            interface $Properties {

                /** DeviceStatus device */
                device?: (string|null);

                /** DeviceStatus state */
                state?: (nonreturn.wire.DeviceState|null);

                /** DeviceStatus reason */
                reason?: (string|null);

                /** DeviceStatus since */
                since?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DeviceStatus. */
            type $Shape = nonreturn.wire.DeviceStatus.$Properties;
        }

        /** DeviceState enum. */
        enum DeviceState {

            /** DEVICE_STATE_UNSPECIFIED value */
            DEVICE_STATE_UNSPECIFIED = 0,

            /** DEVICE_STATE_CONNECTING value */
            DEVICE_STATE_CONNECTING = 1,

            /** DEVICE_STATE_CONNECTED value */
            DEVICE_STATE_CONNECTED = 2,

            /** DEVICE_STATE_FAILED value */
            DEVICE_STATE_FAILED = 3,

            /** DEVICE_STATE_DISABLED value */
            DEVICE_STATE_DISABLED = 4
        }

        /**
         * Properties of a Figure.
         * @deprecated Use nonreturn.wire.Figure.$Properties instead.
         */
        interface IFigure extends nonreturn.wire.Figure.$Properties {
        }

        /** Represents a Figure. */
        class Figure {

            /**
             * Constructs a new Figure.
             * @param [properties] Properties to set
             */
            constructor(properties?: nonreturn.wire.Figure.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Figure name. */
            name: string;

            /** Figure value. */
            value: number;

            /**
             * Encodes the specified Figure message. Does not implicitly {@link nonreturn.wire.Figure.verify|verify} messages.
             * @param message Figure message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: nonreturn.wire.Figure.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Figure message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {nonreturn.wire.Figure & nonreturn.wire.Figure.$Shape} Figure
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): nonreturn.wire.Figure & nonreturn.wire.Figure.$Shape;
        }

        namespace Figure {

            /** Properties of a Figure. */
            interface $Properties {

                /** Figure name */
                name?: (string|null);

                /** Figure value */
                value?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Figure. */
            type $Shape = nonreturn.wire.Figure.$Properties;
        }
    }
}
