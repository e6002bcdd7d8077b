import * as assert from "node:assert/strict";
import { format } from "node:util";
import { Concealed } from "./concealed";

describe("a concealed text", () => {
  it("is shown to who asks for it, and to nobody else", () => {
    const password = new Concealed("hunter2");
    assert.equal(password.reveal(), "hunter2");
    const shown = [String(password), JSON.stringify({ password }), format("%o %s", { password }, password)];
    for (const text of [...shown, Object.values(password).join()]) assert.doesNotMatch(text, /hunter2/);
    assert.equal(shown[0], "[secret]");
  });
});
