import * as assert from "node:assert/strict";
import { COMPONENTS } from "../../components/platform/registry";
import { create, remove } from "./kubernetes-objects";
import { chartsIn, PlatformCloud } from "./platform-cloud";
import { LEAST, NOT_HERE, type PlatformStep, STEPS } from "./platform-steps";

/**
 * One platform that is changed step by step, so that each component comes up, and goes, on a cluster that runs: with
 * its real definitions, where there are any. The tests go on from one another.
 */
describe("a platform whose components are switched on and off", () => {
  const cloud = new PlatformCloud();
  before(() => cloud.start());
  after(() => cloud.destroy());

  it("has every component on in one of its steps, but those that need real machines", () => {
    const seen = STEPS.flatMap(({ on }) => on);
    const optional = COMPONENTS.filter(({ enabledByDefault }) => enabledByDefault === false).map(({ name }) => name);
    assert.deepEqual(
      optional.filter((name) => !seen.includes(name)),
      NOT_HERE,
    );
  });

  for (const [index, step] of STEPS.entries()) {
    it(`comes up with ${step.what}: all is ready and accepted strictly, and nothing else is left`, async () => {
      cloud.set(step);
      await cloud.pulumi("up", "--yes", "--skip-preview");
      assert.deepEqual(await cloud.releases(), chartsIn(step));
      assert.deepEqual(await cloud.problems(), []);
    });

    if (index === 0) {
      it("is changed by nothing when it is deployed again", async () => {
        await cloud.pulumi("preview", "--expect-no-changes");
      });
    }
  }

  describe("when something fails", () => {
    let step: PlatformStep = LEAST;
    const more = (...on: readonly string[]) => cloud.set((step = { ...step, on: [...step.on, ...on] }));
    const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

    /** Refuses Deployments of a namespace: nobody answers the webhook that is asked about them. */
    const refuseDeployments = (namespace: string) =>
      create(cloud.kubeconfig, WEBHOOKS, {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        metadata: { name: "nobody" },
        webhooks: [
          {
            name: "nobody.example.com",
            admissionReviewVersions: ["v1"],
            sideEffects: "None",
            failurePolicy: "Fail",
            timeoutSeconds: 1,
            clientConfig: { url: "https://127.0.0.1:1/" },
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
            rules: [{ apiGroups: ["apps"], apiVersions: ["v1"], resources: ["deployments"], operations: ["CREATE"] }],
          },
        ],
      });
    const serveAgain = () => remove(cloud.kubeconfig, `${WEBHOOKS}/nobody`);

    it("brings up what does not need what failed, and names that by component and phase", async () => {
      more("flux-operator", "grafana-operator", "reloader");
      await refuseDeployments("flux-system");
      const outcome = await cloud.up({ retries: 0 });
      assert.ok(outcome.status === "failed");
      assert.match(outcome.message, /^flux-operator, installation: release flux-system\/flux-operator — /m);
      assert.deepEqual(
        await cloud.releases(),
        chartsIn(step).filter((chart) => chart !== "flux-operator"),
      );
      await serveAgain();
      assert.equal((await cloud.up({ retries: 0 })).status, "done");
      assert.deepEqual(await cloud.releases(), chartsIn(step));
    });

    it("waits for a webhook that does not serve yet", async () => {
      more("redis-operator");
      await refuseDeployments("redis-operator");
      const outcome = await cloud.up({ retries: 3, pause: 500 }, ({ type }) =>
        type === "retry" ? serveAgain() : undefined,
      );
      assert.ok(outcome.status === "done", JSON.stringify(outcome));
      assert.equal(outcome.attempts, 2);
    });

    it("asks again for a chart whose repository was out of order", async () => {
      more("rabbitmq-operator");
      cloud.charts.fail(1);
      const outcome = await cloud.up({ retries: 3, pause: 500 });
      assert.ok(outcome.status === "done", JSON.stringify(outcome));
      assert.equal(cloud.charts.failed, 1);
      assert.deepEqual(await cloud.releases(), chartsIn(step));
    });
  });
});
