import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Database } from "./database";
import type { Checked, IdTokens } from "./id-tokens";
import { Refusal } from "./refusal";
import { clientSecret } from "./settings";

/** Seconds that somebody may take to log in at the issuer. */
const PATIENCE = 600;

export interface Begun {
  /** Where the browser goes. */
  readonly url: string;
  /** For a cookie: only the browser that has begun a login can end it. */
  readonly binding: string;
}

/** Login of browsers: OpenID Connect's code flow with PKCE. What was begun is in the database, and survives a restart. */
export class OidcLogin {
  constructor(
    private readonly database: Database,
    private readonly idTokens: IdTokens,
    private readonly callback: () => string,
  ) {}

  async begin(): Promise<Begun> {
    const client = await import("openid-client");
    const verifier = client.randomPKCECodeVerifier();
    const [state, nonce, binding] = [client.randomState(), client.randomNonce(), randomBytes(32).toString("base64url")];
    const now = Math.floor(Date.now() / 1000);
    this.database.prepare("DELETE FROM logins WHERE expires <= ?").run(now);
    this.database
      .prepare("INSERT INTO logins (state, binding, verifier, nonce, expires) VALUES (?, ?, ?, ?, ?)")
      .run(state, digest(binding), verifier, nonce, now + PATIENCE);
    const url = client.buildAuthorizationUrl(await this.issuer(), {
      redirect_uri: this.callback(),
      scope: "openid profile email",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    });
    return { url: url.href, binding };
  }

  /**
   * @param query what the issuer has sent the browser back with.
   * @param binding of the browser's cookie.
   * @throws Refusal 400 when this browser has not begun it.
   */
  async end(query: URLSearchParams, binding: string): Promise<Checked> {
    const client = await import("openid-client");
    const state = query.get("state") ?? "";
    const row = this.database.prepare("SELECT * FROM logins WHERE state = ?").get(state) as
      { binding: string; verifier: string; nonce: string; expires: number } | undefined;
    const own = row !== undefined && timingSafeEqual(Buffer.from(row.binding), Buffer.from(digest(binding)));
    if (!own || row.expires <= Date.now() / 1000) throw new Refusal(400, "This login was not begun here; begin again");
    // a code is used once
    this.database.prepare("DELETE FROM logins WHERE state = ?").run(state);
    const url = new URL(this.callback());
    url.search = query.toString();
    const tokens = await client.authorizationCodeGrant(await this.issuer(), url, {
      pkceCodeVerifier: row.verifier,
      expectedState: state,
      expectedNonce: row.nonce,
      idTokenExpected: true,
    });
    return this.idTokens.check(tokens.id_token ?? "", this.idTokens.settings.clientId);
  }

  private async issuer() {
    const client = await import("openid-client");
    const { issuer, clientId, ...rest } = this.idTokens.settings;
    const secret = clientSecret({ issuer, clientId, ...rest });
    const authentication = secret === undefined ? client.None() : client.ClientSecretPost(secret);
    // http is accepted of this machine alone, see the settings
    const options = issuer.startsWith("http:") ? { execute: [client.allowInsecureRequests] } : {};
    return client.discovery(new URL(issuer), clientId, undefined, authentication, options);
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
