import * as assert from "node:assert/strict";
import { layers } from "./layers";
import { refusePlainSecrets, refusePlainSettings } from "./secret-settings";

const isEncrypted = (value: unknown) => value === "encrypted";
const registryPasswords = { "registry.example": "encrypted", "other.example": "hunter2" };

describe("secrets of a stack file", () => {
  it("are refused in plain text, all at once and none of them shown", async () => {
    const schema = await layers.base.settings();
    const adopted = { secrets: "keys of it", talosconfig: "encrypted" };
    assert.throws(
      () => refusePlainSecrets(schema, { base: { cluster: "a" }, registryPasswords, adopted }, isEncrypted),
      (error: Error) => {
        assert.doesNotMatch(error.message, /hunter2|keys of it/);
        assert.match(
          error.message,
          /registryPasswords\.other\.example: in plain text — is a secret, .*'firmament:registryPasswords\["other\.example"\]'`$/m,
        );
        assert.match(error.message, /adopted\.secrets: in plain text — .* --path 'firmament:adopted\.secrets'`$/m);
        assert.equal(error.message.split("\n").length, 3);
        return true;
      },
    );
    assert.throws(
      () => refusePlainSecrets(schema, { adopted: "text" }, isEncrypted),
      /adopted: in plain text — .* --secret 'firmament:adopted'/,
    );
    refusePlainSecrets(schema, { adopted: "encrypted", registryPasswords: {} }, isEncrypted);
  });

  it("are those of every layer", async () => {
    const schema = await layers.platform.settings();
    assert.throws(
      () => refusePlainSecrets(schema, { storagePassphrase: "x" }, isEncrypted),
      /storagePassphrase: in plain/,
    );
    refusePlainSecrets(await layers.tenant.settings(), { tenant: { name: "acme" } }, isEncrypted);
  });

  it("are refused by a program too, where the engine says that nothing of a setting is encrypted", async () => {
    const schema = await layers.base.settings();
    const run = (told?: string) => refusePlainSettings(schema, { registryPasswords }, told);
    assert.throws(() => run('["firmament:other"]'), /registryPasswords\.registry\.example: in plain text/);
    run('["firmament:registryPasswords"]');
    run();
  });
});
