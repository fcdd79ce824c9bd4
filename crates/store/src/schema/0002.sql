-- Version 2. Printers that are reached over Bluetooth, and what is known about a job that was sent to one.

ALTER TABLE printers ADD COLUMN channel     TEXT NOT NULL DEFAULT 'cloud'; -- or 'ble'
ALTER TABLE printers ADD COLUMN ble_serial  TEXT NOT NULL DEFAULT ''; -- what the printer told; '' when it tells none (BL-2)
ALTER TABLE printers ADD COLUMN ble_address TEXT NOT NULL DEFAULT ''; -- where it was last met: a hint, never its identity
ALTER TABLE printers ADD COLUMN ble_name    TEXT NOT NULL DEFAULT ''; -- what it advertised then

ALTER TABLE jobs ADD COLUMN bytes_total        INTEGER NOT NULL DEFAULT -1;
ALTER TABLE jobs ADD COLUMN bytes_sent         INTEGER NOT NULL DEFAULT -1;
ALTER TABLE jobs ADD COLUMN bytes_acknowledged INTEGER NOT NULL DEFAULT -1;
ALTER TABLE jobs ADD COLUMN bytes_left         INTEGER NOT NULL DEFAULT 0;  -- 1: from here on bytes of a page may have left (JD)
ALTER TABLE jobs ADD COLUMN counter_before     INTEGER NOT NULL DEFAULT -1; -- the printer's page counter before this attempt
ALTER TABLE jobs ADD COLUMN starts_later       INTEGER NOT NULL DEFAULT -1; -- -1 by the rule, 0 never by itself, 1 whenever it can
