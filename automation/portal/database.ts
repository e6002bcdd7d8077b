import Libsql from "libsql";

export type Database = Libsql.Database;

/** Changed only by adding to it: the number of those that were run is kept in the file. */
const MIGRATIONS = [
  `CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('create', 'resize', 'delete')),
    cluster TEXT NOT NULL,
    customer TEXT NOT NULL,
    wanted TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'queued', 'running', 'done', 'failed')),
    who TEXT NOT NULL,
    key TEXT NOT NULL,
    digest TEXT NOT NULL,
    created TEXT NOT NULL,
    finished TEXT,
    failure TEXT,
    UNIQUE (who, key)
  );
  -- one job at a time works on a cluster, whoever asks for another
  CREATE UNIQUE INDEX jobs_active ON jobs (cluster) WHERE state IN ('accepted', 'queued', 'running');
  CREATE INDEX jobs_of_cluster ON jobs (cluster, created);
  CREATE TABLE job_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL REFERENCES jobs (id),
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL
  );
  CREATE INDEX job_events_of_job ON job_events (job, id);
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    remote TEXT NOT NULL,
    action TEXT NOT NULL,
    customer TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL
  );
  CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
  CREATE TRIGGER audit_as_written BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
  CREATE TABLE sessions (
    hash TEXT PRIMARY KEY,
    principal TEXT NOT NULL,
    source TEXT NOT NULL,
    expires INTEGER NOT NULL
  );
  CREATE TABLE logins (
    state TEXT PRIMARY KEY,
    binding TEXT NOT NULL,
    verifier TEXT NOT NULL,
    nonce TEXT NOT NULL,
    expires INTEGER NOT NULL
  );`,
] as const;

/**
 * Opens a portal's database and makes what is missing of it. One process has it at a time.
 *
 * @param file its path, or `:memory:`.
 * @throws Error when another process has it, or it was made by a newer version.
 */
export function openDatabase(file: string): Database {
  const database = new Libsql(file);
  // a second portal on the same file would run every job a second time; with a write-ahead log, closing frees nothing
  database.pragma("locking_mode = EXCLUSIVE");
  if (file !== ":memory:") database.pragma("journal_mode = TRUNCATE");
  database.pragma("foreign_keys = ON");
  const { user_version: done } = database.prepare("SELECT user_version FROM pragma_user_version").get() as {
    user_version: number;
  };
  if (done > MIGRATIONS.length) {
    database.close();
    throw new Error(`${file}: made by a newer version of the portal; start that one`);
  }
  for (const [index, statements] of MIGRATIONS.entries()) {
    if (index < done) continue;
    database.exec(`BEGIN; ${statements}; PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
  return database;
}

/** Closes it, and lets the next process have it: the library frees the file only when its memory is collected. */
export function closeDatabase(database: Database): void {
  database.pragma("locking_mode = NORMAL");
  database.prepare("SELECT count(*) FROM jobs").get();
  database.close();
}
