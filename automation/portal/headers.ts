import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";

/**
 * Headers of every answer. The page has one inline element, the map of module names, which is no script and is named by
 * its digest; scripts and styles come from the portal alone, and DOM sinks take only what the UI library has made.
 */
export function securityHeaders(importMap: string, secure: boolean): Readonly<Record<string, string>> {
  const map = createHash("sha256").update(importMap).digest("base64");
  return {
    "content-security-policy": [
      "default-src 'none'",
      `script-src 'self' 'sha256-${map}'`,
      "style-src 'self'",
      "img-src 'self'",
      "connect-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types lit-html",
    ].join("; "),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    ...(secure ? { "strict-transport-security": "max-age=31536000" } : {}),
  };
}

/** Sends them with every answer; what the API says is kept nowhere. */
export function sendHeaders(app: FastifyInstance, headers: Readonly<Record<string, string>>): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(headers);
    if (request.url.startsWith("/api/") || request.url.startsWith("/login")) reply.header("cache-control", "no-store");
  });
}
