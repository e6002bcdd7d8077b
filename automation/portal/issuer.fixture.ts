import { createHash, randomUUID } from "node:crypto";
import * as http from "node:http";
import type { AddressInfo } from "node:net";

type Claims = Readonly<Record<string, unknown>>;

/** Where people say who they are; the form goes to the address that they have come by. */
const PAGE = `<!doctype html><html lang="en"><title>Company login</title>
<form method="post"><label>User <input name="user"></label> <button>Continue</button></form></html>`;

/** What an issuer, or somebody between it and the browser, does wrong. */
interface Tampering {
  /** The ID token's nonce, in place of the one that was asked for. */
  readonly nonce?: string;
  /** The state that the browser comes back with. */
  readonly state?: string;
}

/** An OpenID Connect issuer on the loopback interface, as far as a portal talks to one; as strict about PKCE as they are. */
export class TestIssuer {
  /** Who can log in on its page, by name. */
  readonly people = new Map<string, Claims>();
  tampering: Tampering = {};
  private readonly codes = new Map<string, { readonly challenge: string; readonly claims: Claims }>();

  private constructor(
    private readonly server: http.Server,
    private readonly host: string,
    private readonly sign: (claims: Claims, forged: boolean) => Promise<string>,
  ) {}

  /** @param host by which it is reached; to browsers `localhost` is another site than 127.0.0.1. */
  static async start({ host = "127.0.0.1" } = {}): Promise<TestIssuer> {
    const { exportJWK, generateKeyPair, SignJWT } = await import("jose");
    const [own, other] = [await generateKeyPair("ES256"), await generateKeyPair("ES256")];
    const keys = { keys: [{ ...(await exportJWK(own.publicKey)), kid: "1", alg: "ES256", use: "sig" }] };
    const server = http.createServer((request, response) => {
      const answer = (status: number, body: unknown) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(body));
      };
      const url = new URL(request.url ?? "/", issuer.url);
      if (url.pathname === "/.well-known/openid-configuration") {
        return answer(200, {
          issuer: issuer.url,
          authorization_endpoint: `${issuer.url}/authorize`,
          token_endpoint: `${issuer.url}/token`,
          jwks_uri: `${issuer.url}/keys`,
          response_types_supported: ["code"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: ["ES256"],
        });
      }
      if (url.pathname === "/keys") return answer(200, keys);
      if (url.pathname === "/authorize" && request.method === "GET") {
        response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
        return response.end(PAGE);
      }
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString()));
      request.on("end", () => {
        const form = new URLSearchParams(body);
        if (url.pathname !== "/authorize") return void issuer.exchange(form, answer);
        const claims = issuer.people.get(form.get("user") ?? "");
        if (claims === undefined) return answer(403, { error: "access_denied" });
        const { origin } = new URL(url.searchParams.get("redirect_uri") ?? "");
        response.writeHead(303, { location: `${origin}${issuer.consent(url, claims)}` });
        return response.end();
      });
    });
    const issuer = new TestIssuer(server, host, (claims, forged) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: "ES256", kid: "1" })
        .sign(forged ? other.privateKey : own.privateKey),
    );
    await issuer.listen(0);
    return issuer;
  }

  /** @param port 0 for any that is free. */
  listen(port: number): Promise<void> {
    return new Promise((resolve) => void this.server.listen(port, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://${this.host}:${(this.server.address() as AddressInfo).port}`;
  }

  token(claims: Claims, { forged = false } = {}): Promise<string> {
    return this.sign(this.complete(claims), forged);
  }

  unsigned(claims: Claims): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${part({ alg: "none" })}.${part(this.complete(claims))}.`;
  }

  /** What the browser of somebody who agrees is sent back with. */
  consent(url: URL, claims: Claims): string {
    const of = (name: string) => url.searchParams.get(name) ?? "";
    const code = randomUUID();
    const { nonce = of("nonce"), state = of("state") } = this.tampering;
    this.codes.set(code, { challenge: of("code_challenge"), claims: { ...claims, nonce } });
    const back = new URL(of("redirect_uri"));
    back.search = new URLSearchParams({ code, state }).toString();
    return `${back.pathname}${back.search}`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async exchange(form: URLSearchParams, answer: (status: number, body: unknown) => void): Promise<void> {
    const code = form.get("code") ?? "";
    const known = this.codes.get(code);
    this.codes.delete(code);
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (known === undefined || known.challenge !== challenge) return answer(400, { error: "invalid_grant" });
    answer(200, { access_token: "opaque", token_type: "Bearer", id_token: await this.token(known.claims) });
  }

  private complete(claims: Claims): Claims {
    const now = Math.floor(Date.now() / 1000);
    return { iss: this.url, aud: "portal", sub: "jane", iat: now, exp: now + 300, ...claims };
  }
}
