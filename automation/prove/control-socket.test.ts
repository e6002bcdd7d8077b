import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { createServer, type Server } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { control } from "./control-socket";

describe("commands to programs of OVN", () => {
  let folder: string;
  let server: Server;
  const heard: string[] = [];

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-ctl-"));
    heard.length = 0;
  });
  afterEach((done) => {
    fs.rmSync(folder, { recursive: true });
    server.close(done);
  });

  const answering = async (...parts: string[]) => {
    const socket = path.join(folder, "a.ctl");
    server = createServer((connection) => {
      connection.on("error", () => undefined);
      connection.on("data", (data) => {
        heard.push(data.toString());
        for (const part of parts) connection.write(part);
        if (parts.length === 0) connection.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    return socket;
  };

  it("are JSON-RPC, and their answer is its text, however it comes", async () => {
    const socket = await answering('{"id":1,"error":null,"result":"out', 'put {\\n}"}');
    assert.equal(await control(socket, "trace", ["pods", "ip4"]), "output {\n}");
    assert.deepEqual(JSON.parse(heard[0] ?? ""), { id: 1, method: "trace", params: ["pods", "ip4"] });
  });

  it("fail with what the program says", async () => {
    const socket = await answering('{"id":1,"error":"unknown option","result":null}');
    await assert.rejects(control(socket, "trace", []), /trace: unknown option/);
  });

  it("fail when the program ends instead of answering", async () => {
    await assert.rejects(control(await answering(), "trace", []), /ended instead of answering/);
  });
});
