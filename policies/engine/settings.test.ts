import * as assert from "node:assert/strict";
import { evaluate, type Config } from "..";
import { deployment } from "./library/examples";

const guilty = deployment({ hostNetwork: true });
const exemption = {
  rule: "pss-host-namespaces",
  selector: { kind: "Deployment", namespace: "shop", name: "web" },
  reason: "the agent measures the network of its node",
  owner: "platform team",
  expiry: "2999-12-31",
};

async function about(rule: string, config: object, resources: readonly object[] = [guilty]): Promise<string[]> {
  const findings = await evaluate({ resources, config: config as Config });
  return findings.filter((finding) => finding.rule === rule).map(({ path }) => path);
}

describe("exemptions", () => {
  it("excuse what they select, and nothing else", async () => {
    const other = { ...guilty, metadata: { name: "other", namespace: "shop" } };
    assert.deepEqual(await about(exemption.rule, { exemptions: [exemption] }), []);
    assert.deepEqual(await about(exemption.rule, { exemptions: [exemption] }, [guilty, other]), [
      "spec.template.spec.hostNetwork",
    ]);
  });

  it("that have expired excuse nothing and are findings themselves", async () => {
    const expired = { ...exemption, expiry: "2020-01-01" };
    assert.deepEqual(await about(exemption.rule, { exemptions: [expired] }), [
      "spec.template.spec.hostNetwork",
      "exemptions[0]",
    ]);
  });

  it("that excuse nothing are findings", async () => {
    assert.deepEqual(await about(exemption.rule, { exemptions: [exemption] }, [deployment()]), ["exemptions[0]"]);
  });

  it("may be for what one release makes, and for nothing of the same name", async () => {
    const marks = { "meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop" };
    const made = { ...guilty, metadata: { name: "web", namespace: "shop", annotations: marks } };
    const ofRelease = { ...exemption, selector: { release: "shop/web", kind: "Deployment", name: "web" } };
    assert.deepEqual(await about(exemption.rule, { exemptions: [ofRelease] }, [made]), []);
    assert.deepEqual(await about(exemption.rule, { exemptions: [ofRelease] }), ["spec.template.spec.hostNetwork"]);
    const other = {
      ...made,
      metadata: { ...made.metadata, annotations: { ...marks, [Object.keys(marks)[1] ?? ""]: "x" } },
    };
    assert.deepEqual(await about(exemption.rule, { exemptions: [ofRelease] }, [other]), [
      "spec.template.spec.hostNetwork",
    ]);
  });

  it("of a release are unused only when its own chart was rendered", async () => {
    const selector = { release: "shop/web", kind: "Deployment", name: "web" };
    const unused = async (params?: object) => {
      const config = { exemptions: [{ ...exemption, selector }] };
      const findings = await evaluate({
        resources: [],
        config,
        ...(params === undefined ? {} : { params: { "helm-rendered": params } }),
      });
      return findings.map(({ path }) => path);
    };
    const renders = { "shop/web": { chart: "web", version: "1.4.2" } };
    assert.deepEqual(await unused(), []);
    assert.deepEqual(await unused({ renders: { "shop/db": renders["shop/web"] } }), []);
    assert.deepEqual(await unused({ renders }), ["exemptions[0]"]);
    assert.deepEqual(await unused({ renders, stubCharts: true }), []);
  });

  it("may be for writing to host paths as well", async () => {
    const volumes = [{ name: "log", hostPath: { path: "/var/log" } }];
    const containers = [{ name: "a", volumeMounts: [{ name: "log", mountPath: "/log" }] }];
    const resources = [deployment({ volumes, containers })];
    const reading = { ...exemption, rule: "pss-host-path" };
    assert.equal((await about("host-path-writable", { exemptions: [reading] }, resources)).length, 1);
    assert.deepEqual(
      await about("host-path-writable", { exemptions: [{ ...reading, writable: true }] }, resources),
      [],
    );
  });
});

describe("the configuration of the pack", () => {
  const refused: Record<string, object> = {
    "tiers: unknown key": { tiers: "production" },
    "management.nodes: unknown key": { management: { nodes: [] } },
    'kubernetes: "1.x"': { kubernetes: "1.x" },
    "levels.no-such-rule": { levels: { "no-such-rule": "advisory" } },
    "levels.pss-host-namespaces: remediate — the rule has no remediation": {
      levels: { "pss-host-namespaces": "remediate", "pss-host-ports": "remediate" },
    },
    "exemptions.0.rule": { exemptions: [{ ...exemption, rule: "no-such-rule" }] },
    "exemptions.0.selector": { exemptions: [{ ...exemption, selector: {} }] },
    "exemptions.0.selector: ": { exemptions: [{ ...exemption, selector: { release: "shop/web" } }] },
    "exemptions.0.selector.release": {
      exemptions: [{ ...exemption, selector: { release: "web", kind: "Deployment" } }],
    },
    "exemptions.0.expiry": { exemptions: [{ ...exemption, expiry: "soon" }] },
    "exemptions.0.owner": { exemptions: [{ ...exemption, owner: undefined }] },
  };
  for (const [message, config] of Object.entries(refused)) {
    it(`is refused with ${message}`, async () => {
      await assert.rejects(about("pss-privileged", config), (error: Error) => error.message.includes(message));
    });
  }

  it("switches rules off, and chooses the version of the Pod Security Standards", async () => {
    assert.deepEqual(await about(exemption.rule, { levels: { [exemption.rule]: "disabled" } }), []);
    const sysctls = [{ name: "net.ipv4.tcp_rmem", value: "4096 1 1" }];
    const pod = deployment({ securityContext: { sysctls } });
    assert.equal((await about("pss-sysctls", { kubernetes: "v1.31" }, [pod])).length, 1);
    assert.deepEqual(await about("pss-sysctls", { kubernetes: "v1.32" }, [pod]), []);
  });

  it("refuses a version or a level that does not exist", async () => {
    await assert.rejects(evaluate({ resources: [], version: "v2" }), /version: v2 — must be v1\.0 to v1\.37/);
    await assert.rejects(evaluate({ resources: [], level: "privileged" as never }), /must be baseline or restricted/);
  });
});
