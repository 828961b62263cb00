/** Tables of figures by minute and by hour in historian.db, and how files of before come to them.
 *  schema → [figures schema] ← roll up, retention, read history */
import { UNIT_MICROS } from "./figure-units.ts";

/** The figures beside chunks, as they were before: figures-table.ts has those of now. */
export const CHUNK_FIGURES_TABLES = `
  CREATE TABLE figures (
    id INTEGER PRIMARY KEY, tag INTEGER NOT NULL, first_timestamp INTEGER NOT NULL, last_timestamp INTEGER NOT NULL,
    chunk INTEGER UNIQUE, codec INTEGER NOT NULL, body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX figures_by_time ON figures (tag, first_timestamp, last_timestamp, chunk);
  CREATE INDEX figures_by_end ON figures (last_timestamp) WHERE chunk IS NULL;
  CREATE TRIGGER figures_go_with_their_chunk AFTER DELETE ON chunk BEGIN DELETE FROM figures WHERE chunk = old.id; END;
  CREATE TABLE figures_rest (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
  CREATE TRIGGER figures_go_with_their_rest AFTER DELETE ON figures BEGIN
    DELETE FROM figures_rest WHERE id >= old.id * 1024 AND id < (old.id + 1) * 1024;
  END;
`;

/*
 * figures       minutes (tier 1) of a unit of six hours, or hours (tier 2) of 40 units, of one tag. `unit` is the first one's number since 1970, `units` says bit by
 *               bit which are in it. They hold for a unit that is not pending.
 * figures_rest  what of a body is not in figures, in pieces; see figures-table.ts for their ids
 * pending_unit  samples of the unit came into chunks since its figures were made
 * reduced       all samples of a tag before `through`, the border of a unit, have figures, and some of them are gone: there the figures say what was.
 *               What comes later goes into them at once.
 * removal       what retention removed, by day, kind and cause
 * take_over     one row: of a file of before, whose figures are old_figures: the units of chunks and of old figures are pending up to these ids, and shall
 *               be up to the last ones
 */
export const FIGURES_TABLES = `
  DROP TRIGGER figures_go_with_their_chunk;
  DROP TRIGGER figures_go_with_their_rest;
  DROP INDEX figures_by_end;
  ALTER TABLE figures RENAME TO old_figures;
  ALTER TABLE figures_rest RENAME TO old_figures_rest;
  CREATE TABLE figures (
    id INTEGER PRIMARY KEY, tag INTEGER NOT NULL, tier INTEGER NOT NULL, unit INTEGER NOT NULL, units INTEGER NOT NULL, cells INTEGER NOT NULL,
    codec INTEGER NOT NULL, body BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX figures_by_unit ON figures (tag, tier, unit);
  CREATE INDEX figures_by_age ON figures (tier, unit);
  CREATE TABLE figures_rest (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
  CREATE TRIGGER figures_go_with_their_rest AFTER DELETE ON figures BEGIN
    DELETE FROM figures_rest WHERE id >= old.id * 1024 AND id < (old.id + 1) * 1024;
  END;
  CREATE TABLE pending_unit (unit INTEGER NOT NULL, tag INTEGER NOT NULL, PRIMARY KEY (unit, tag)) STRICT, WITHOUT ROWID;
  CREATE INDEX pending_by_tag ON pending_unit (tag, unit);
  CREATE TABLE reduced (tag INTEGER PRIMARY KEY, through INTEGER NOT NULL) STRICT;
  INSERT INTO reduced SELECT tag, (max(last_timestamp) / ${UNIT_MICROS} + 1) * ${UNIT_MICROS} FROM old_figures WHERE chunk IS NULL GROUP BY tag;
  CREATE TABLE removal (
    day INTEGER NOT NULL, kind TEXT NOT NULL, cause TEXT NOT NULL, count INTEGER NOT NULL, first_timestamp INTEGER NOT NULL, last_timestamp INTEGER NOT NULL,
    PRIMARY KEY (day, kind, cause)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE take_over (
    one INTEGER PRIMARY KEY CHECK (one = 1), chunk INTEGER NOT NULL, last_chunk INTEGER NOT NULL, figures INTEGER NOT NULL, last_figures INTEGER NOT NULL
  ) STRICT;
  INSERT INTO take_over SELECT 1, 0, coalesce((SELECT max(id) FROM chunk), 0), 0, coalesce((SELECT max(id) FROM old_figures), 0);
`;
