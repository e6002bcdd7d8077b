import * as assert from "node:assert/strict";
import { objectOf, parsed, plan } from "../../platform.fixture";

const acme = { server: "https://acme.example/directory", email: "ops@example.com", ingressClass: "nginx" };

describe("a public authority", () => {
  it("is there where settings name one, and nothing waits for it", () => {
    const planned = plan({ change: { certificates: { acme } } });
    const issuer = objectOf(planned, "acme");
    assert.deepEqual(issuer.spec, {
      acme: {
        server: acme.server,
        email: acme.email,
        privateKeySecretRef: { name: "acme-account" },
        solvers: [{ http01: { ingress: { ingressClassName: "nginx" } } }],
      },
    });
    assert.equal(issuer.metadata.annotations, undefined);
    assert.throws(() => objectOf(plan(), "acme"), /no object of the plan/);
  });

  it("is refused without TLS, or without somebody to write to", () => {
    const refused = (change: object, message: RegExp) =>
      assert.throws(() => parsed({ certificates: { acme: { ...acme, ...change } } }), { message });
    refused({ server: "http://acme.example" }, /certificates\.acme\.server: .* — must be a URL like https/);
    refused({ email: "nobody" }, /certificates\.acme\.email: .*nobody/);
  });
});
