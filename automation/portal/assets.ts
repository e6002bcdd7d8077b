import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { FastifyInstance } from "fastify";
import { PACKAGE_ROOT } from "../../components/core/package-root";

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Where browsers find what the page's modules import by name. */
export const IMPORT_MAP = JSON.stringify({
  imports: { "lit-html": "/lib/lit-html/lit-html.js", "lit-html/": "/lib/lit-html/" },
});

interface Asset {
  readonly type: string;
  readonly body: Buffer;
  readonly tag: string;
}

/** Serves the page. All files are read at the start: a request names one of them, and never a path. */
export function serveAssets(app: FastifyInstance): void {
  for (const [url, { type, body, tag }] of assets()) {
    app.get(url, { schema: { hide: true } }, (request, reply) => {
      reply.header("etag", tag).header("cache-control", "no-cache");
      if (request.headers["if-none-match"] === tag) return reply.status(304).send();
      return reply.type(type).send(body);
    });
  }
}

function assets(): ReadonlyMap<string, Asset> {
  const sources = path.join(PACKAGE_ROOT, "automation", "portal", "page");
  const html = fs
    .readFileSync(path.join(sources, "index.html"), "utf8")
    .replace(/>\s*IMPORT_MAP\s*</, `>${IMPORT_MAP}<`);
  const library = path.dirname(require.resolve("lit-html"));
  // the package's entry for Node.js is in a folder of its own, that for browsers beside it
  const root = library.slice(0, library.lastIndexOf(`lit-html`) + "lit-html".length);
  return new Map([
    ["/", asset(".html", Buffer.from(html))],
    ...files(sources, "", /\.(css|svg)$/),
    ...files(path.join(PACKAGE_ROOT, "dist", "automation", "portal", "page"), "/page", /\.js$/),
    ...files(root, "/lib/lit-html", /^(lit-html|directive|directive-helpers|async-directive)\.js$/),
    ...files(path.join(root, "directives"), "/lib/lit-html/directives", /^(live|repeat|ref|class-map|if-defined)\.js$/),
  ]);
}

function files(folder: string, url: string, wanted: RegExp): [string, Asset][] {
  return fs
    .readdirSync(folder)
    .filter((name) => wanted.test(name))
    .map((name) => [`${url}/${name}`, asset(path.extname(name), fs.readFileSync(path.join(folder, name)))]);
}

function asset(extension: string, body: Buffer): Asset {
  const tag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
  return { type: TYPES[extension] ?? "application/octet-stream", body, tag };
}
