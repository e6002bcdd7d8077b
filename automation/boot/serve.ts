import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";
import type { AddressInfo } from "node:net";

/** A server of files that runs. */
export interface FileServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves the files of a folder over HTTP, to whoever asks: boot loaders, scripts, kernels. No listings, nothing that is
 * hidden, nothing outside of it.
 *
 * @param port 0 for any.
 * @param log gets a line for each request: "192.0.2.11 200 /cp-1.ipxe".
 */
export function serveFolder(
  folder: string,
  { address, port, log = () => undefined }: { address: string; port: number; log?: (line: string) => void },
): Promise<FileServer> {
  const root = fs.realpathSync(folder);
  const server = http.createServer((request, response) => {
    void answer(root, request, response).then(
      (status) =>
        log(`${request.socket.remoteAddress ?? "?"} ${status} ${JSON.stringify(request.url ?? "").slice(1, -1)}`),
      // the machine went away in the middle of a file
      (error: unknown) => log(`${request.socket.remoteAddress ?? "?"} ${String(error)}`),
    );
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

async function answer(root: string, request: http.IncomingMessage, response: http.ServerResponse): Promise<number> {
  const end = (status: number) => {
    response.writeHead(status, { "Content-Length": 0 }).end();
    return status;
  };
  if (request.method !== "GET" && request.method !== "HEAD") return end(405);
  const file = fileOf(root, request.url ?? "");
  const stat = file === undefined ? undefined : fs.statSync(file, { throwIfNoEntry: false });
  if (file === undefined || stat?.isFile() !== true) return end(404);
  response.writeHead(200, { "Content-Length": stat.size, "Content-Type": "application/octet-stream" });
  if (request.method === "HEAD") response.end();
  else await pipeline(fs.createReadStream(file), response);
  return 200;
}

/** The file that a URL names; undefined where it is hidden or outside of the folder, also through a link. */
function fileOf(root: string, url: string): string | undefined {
  try {
    const parts = decodeURIComponent(url.split(/[?#]/)[0] ?? "")
      .split("/")
      .slice(1);
    if (parts.some((part) => part === "" || part.startsWith(".") || part.includes("\0"))) return undefined;
    const file = fs.realpathSync(path.join(root, ...parts));
    return file.startsWith(`${root}${path.sep}`) ? file : undefined;
  } catch {
    return undefined;
  }
}
