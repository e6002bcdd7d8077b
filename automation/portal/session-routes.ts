import type { CookieSerializeOptions } from "@fastify/cookie";
import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { COOKIE, principalOf, refuseOtherOrigins } from "./authenticate";
import { reader, type Context } from "./context";
import type { OidcLogin } from "./oidc-login";
import type { Principal } from "./principal";
import { Refusal } from "./refusal";
import * as schemas from "./schemas";

const FAILED = { "4xx": schemas.problem, "5xx": schemas.problem };
const LOGIN_COOKIE = "firmament_login";

/** Logging in and out, with a token or at the issuer. */
export function sessionRoutes(context: Context, oidc: OidcLogin | undefined): FastifyPluginCallbackZod {
  const { doors, audit, settings } = context;
  const cookie = (more: CookieSerializeOptions = {}): CookieSerializeOptions => ({
    path: "/",
    httpOnly: true,
    sameSite: "strict",
    secure: doors.origin().startsWith("https:"),
    ...more,
  });
  const view = ({ who, customers, readOnly }: Principal) => ({
    who,
    customers: customers === "*" ? ("*" as const) : [...customers],
    known: customers === "*" ? Object.keys(settings.customers) : [...customers],
    readOnly,
  });

  return (app, _options, done) => {
    app.get(
      "/api/session",
      { schema: { tags: ["session"], response: { 200: schemas.session, ...FAILED } } },
      async (request) => view(await reader(request, context)),
    );

    app.get(
      "/api/login-options",
      { schema: { tags: ["session"], response: { 200: z.strictObject({ oidc: z.boolean(), token: z.boolean() }) } } },
      () => ({ oidc: oidc !== undefined, token: settings.tokens.length > 0 || oidc !== undefined }),
    );

    app.post(
      "/api/session",
      { schema: { tags: ["session"], body: schemas.login, response: { 200: schemas.session, ...FAILED } } },
      async (request, reply) => {
        // somebody else's page must not log a browser in as somebody else
        refuseOtherOrigins(request, doors);
        const { token } = request.body;
        const principal = await principalOf(token, request, doors);
        const source = principal.who.startsWith("token:") ? "token" : "oidc";
        const until = source === "token" ? Infinity : ((await doors.idTokens?.check(token))?.expires ?? 0);
        reply.setCookie(COOKIE, doors.sessions.begin(principal, source, until), cookie());
        audit.add({ who: principal.who, remote: request.ip, action: "login", outcome: "done" });
        return view(principal);
      },
    );

    app.delete(
      "/api/session",
      { schema: { tags: ["session"], response: { 204: z.null(), ...FAILED } } },
      async (request, reply) => {
        const { who } = await reader(request, context);
        const secret = request.cookies[COOKIE];
        if (secret !== undefined) doors.sessions.end(secret);
        audit.add({ who, remote: request.ip, action: "logout", outcome: "done" });
        reply.clearCookie(COOKIE, cookie());
        return reply.status(204).send(null);
      },
    );

    if (oidc !== undefined) {
      app.get("/login", { schema: { hide: true } }, async (_request, reply) => {
        const { url, binding } = await oidc.begin();
        // the issuer sends the browser back from another site, which a strict cookie would not survive
        reply.setCookie(LOGIN_COOKIE, binding, cookie({ sameSite: "lax", path: "/login", maxAge: 600 }));
        return reply.redirect(url, 303);
      });

      app.get("/login/callback", { schema: { hide: true } }, async (request, reply) => {
        const query = new URLSearchParams(request.url.split("?")[1] ?? "");
        const failed = (outcome: string) => audit.add({ who: "nobody", remote: request.ip, action: "login", outcome });
        const wait = doors.failed.wait(request.ip);
        if (wait > 0) throw new Refusal(429, "Too many failed logins", { headers: { "retry-after": String(wait) } });
        const checked = await oidc.end(query, request.cookies[LOGIN_COOKIE] ?? "").catch((error: unknown) => {
          doors.failed.add(request.ip);
          failed("the issuer's answer is not accepted");
          throw error instanceof Refusal ? error : new Refusal(400, "The issuer's answer is not accepted; begin again");
        });
        const { principal, expires } = checked;
        if (principal === undefined) {
          failed("in no group that may use the portal");
          throw new Refusal(403, "You are in no group that may use this portal");
        }
        reply.setCookie(COOKIE, doors.sessions.begin(principal, "oidc", expires), cookie());
        reply.clearCookie(LOGIN_COOKIE, cookie({ sameSite: "lax", path: "/login" }));
        audit.add({ who: principal.who, remote: request.ip, action: "login", outcome: "done" });
        return reply.redirect("/", 303);
      });
    }
    done();
  };
}
