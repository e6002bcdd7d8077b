import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** A repository of charts before another, which fails when it is told to. */
export class ChartProxy {
  private failures = 0;
  /** Requests that were answered with a failure. */
  failed = 0;

  private constructor(
    private readonly server: http.Server,
    readonly url: string,
  ) {}

  /** @param behind URL of the other, asked for as it is when a request comes. */
  static async start(behind: () => string): Promise<ChartProxy> {
    const server = http.createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const proxy = new ChartProxy(server, `http://127.0.0.1:${port}`);
    server.on("request", (request, response) => void proxy.answer(behind(), request.url ?? "/", response));
    return proxy;
  }

  /** Answers the next requests with 500. */
  fail(times: number): void {
    this.failures = times;
    this.failed = 0;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(behind: string, at: string, response: http.ServerResponse): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      this.failed += 1;
      response.writeHead(500).end("out of order");
      return;
    }
    try {
      const found = await fetch(new URL(at.replace(/^\//, ""), behind.replace(/\/?$/, "/")));
      const body = Buffer.from(await found.arrayBuffer());
      // archives are named by their whole URL, which would go past this server
      const index = at.endsWith("index.yaml");
      response
        .writeHead(found.status)
        .end(index ? body.toString("utf8").replaceAll(behind.replace(/\/$/, ""), this.url) : body);
    } catch {
      response.writeHead(502).end();
    }
  }
}
