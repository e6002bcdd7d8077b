import * as assert from "node:assert/strict";
import { CRD_MODULES } from "../../../../versions/crd-modules";
import { lockedChart, readChartLock } from "../../charts/lock";
import { plan, ROOT } from "../../platform.fixture";

describe("gateway-api", () => {
  it("is the release whose kinds everything here is held against, without experimental ones", () => {
    const { version, manifests = [] } = lockedChart(readChartLock(ROOT), "gateway-api");
    assert.equal(`v${version}`, CRD_MODULES["gateway-api"].version);
    assert.deepEqual(
      manifests.map(({ url }) => url.split("/").slice(-2).join("/")),
      [`v${version}/standard-install.yaml`],
    );
  });

  it("is there before the network, which may serve its kinds", () => {
    const names = plan({ change: { components: { "gateway-api": { enabled: true } } } }).stages.map(({ name }) => name);
    const { after } = plan({ change: { components: { "gateway-api": { enabled: true } } } }).stages[
      names.indexOf("gateway-api")
    ] ?? { after: ["nothing"] };
    assert.deepEqual(after, []);
  });
});
