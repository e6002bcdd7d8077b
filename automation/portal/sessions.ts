import { createHash, randomBytes } from "node:crypto";
import type { Database } from "./database";
import type { Principal } from "./principal";
import type { StaticTokens } from "./static-tokens";

/** Hours that a browser stays logged in, unless its ID token expires before. */
const HOURS = 12;

/** Browsers that are logged in: the database has only digests of what their cookies hold. */
export class Sessions {
  constructor(
    private readonly database: Database,
    private readonly tokens: StaticTokens,
  ) {}

  /**
   * @param source what it comes from. Of a static token it ends when the settings do not have that token any more.
   * @param until seconds since the epoch, at the latest.
   * @returns the value of its cookie.
   */
  begin(principal: Principal, source: "token" | "oidc", until = Infinity): string {
    const secret = randomBytes(32).toString("base64url");
    const expires = Math.min(Math.floor(Date.now() / 1000) + HOURS * 3600, until);
    this.database.prepare("DELETE FROM sessions WHERE expires <= ?").run(Math.floor(Date.now() / 1000));
    this.database
      .prepare("INSERT INTO sessions (hash, principal, source, expires) VALUES (?, ?, ?, ?)")
      .run(digest(secret), JSON.stringify(principal), source, expires);
    return secret;
  }

  principal(secret: string): Principal | undefined {
    const row = this.database
      .prepare("SELECT principal, source, expires FROM sessions WHERE hash = ?")
      .get(digest(secret)) as { principal: string; source: string; expires: number } | undefined;
    if (row === undefined || row.expires <= Date.now() / 1000) return undefined;
    const principal = JSON.parse(row.principal) as Principal;
    // what the settings say now, not what they said then
    return row.source === "token" ? this.tokens.named(principal.who) : principal;
  }

  end(secret: string): void {
    this.database.prepare("DELETE FROM sessions WHERE hash = ?").run(digest(secret));
  }
}

function digest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
