import type { Database } from "./database";
import type { AuditEntry } from "./page/wire";

export interface Deed {
  readonly who: string;
  /** Address that it came from. */
  readonly remote: string;
  readonly action: string;
  /** Empty where it concerns none. */
  readonly customer?: string;
  readonly subject?: string;
  readonly outcome: string;
}

/** Who did what, when. Only added to: the database itself refuses all else. Holds names, never tokens or requests. */
export class Audit {
  constructor(private readonly database: Database) {}

  add({ who, remote, action, customer = "", subject = "", outcome }: Deed): void {
    this.database
      .prepare("INSERT INTO audit (at, who, remote, action, customer, subject, outcome) VALUES (?, ?, ?, ?, ?, ?, ?)")
      .run(new Date().toISOString(), who, remote, action, customer, subject, outcome);
  }

  /** The newest first; of these customers, or of all. */
  recent(customers: readonly string[] | "*", count = 200): AuditEntry[] {
    const of = customers === "*" ? "1" : `customer IN (${customers.map(() => "?").join(", ")})`;
    const rows = this.database
      .prepare(`SELECT id, at, who, action, customer, subject, outcome FROM audit WHERE ${of} ORDER BY id DESC LIMIT ?`)
      .all(...(customers === "*" ? [] : customers), count);
    return (rows as AuditEntry[]).map(({ id, at, who, action, customer, subject, outcome }) => ({
      id,
      at,
      who,
      action,
      customer,
      subject,
      outcome,
    }));
  }
}
