import * as assert from "node:assert/strict";
import { describe as message } from "../../core/problem";
import { PACKAGE_ROOT } from "../../core/package-root";
import { fieldsOf } from "../../core/fields";
import { inputs, parsed, plan } from "../platform.fixture";
import { chartsOf, COMPONENTS } from "../registry";
import { type ChartKeys, readKeys, unknownKeys } from "./keys";
import { lockedChart, readChartLock } from "./lock";
import { chartsWithoutKeys } from "./record-keys";

const KEYS: ChartKeys = {
  image: { repository: "value", tag: "value" },
  replicas: "value",
  resources: "any",
  frr: { enabled: "value" },
};

const messages = (values: object) => unknownKeys({ ...values }, KEYS, "platform.values.agent", "agent").map(message);

describe("values that a chart does not read", () => {
  it("are named with the nearest key that it does", () => {
    assert.deepEqual(messages({ replcas: 2, image: { tga: "v1" } }), [
      "  platform.values.agent.replcas: unknown key — agent has no such key, and Helm would ignore it; it has frr, image, replicas, resources; write replicas, or remove it",
      "  platform.values.agent.image.tga: unknown key — agent has no such key, and Helm would ignore it; it has repository, tag; write tag, or remove it",
    ]);
  });

  it("are maps where it has a single value", () => {
    assert.match(
      messages({ replicas: { min: 1 } }).join(),
      /agent\.replicas: a map with min — agent has a single value/,
    );
  });

  it("are none where it takes whatever is there", () => {
    assert.deepEqual(messages({ resources: { limits: { "example.com/gpu": 1 } }, replicas: 3 }), []);
  });

  it("have no nearest key where none is near", () => {
    assert.match(messages({ weather: 1 }).join(), /correct the key or remove it$/);
  });

  it("are refused in settings, all at once and before anything else is looked at", () => {
    const values = {
      cilium: { kubeProxyReplacment: true, hubble: { enabeld: true } },
      metallb: { speker: {} },
      "kubevirt-operator": { replicas: 3 },
    };
    assert.throws(
      () => parsed({ values }),
      /cilium\.kubeProxyReplacment: .*write kubeProxyReplacement[^]*cilium\.hubble\.enabeld: .*write enabled[^]*metallb\.speker: .*write speaker[^]*kubevirt-operator\.replicas: .*it has imageRegistry/,
    );
  });
});

/** Platforms that between them set every value that components can set. */
const PLATFORMS = [
  {},
  { tier: "development", storage: { pool: { zfs: "tank" }, replicas: 2 } },
  { mirror: { charts: "https://charts.example", images: "registry.example/mirror" } },
];

describe("values that the platform sets", () => {
  const lock = readChartLock(PACKAGE_ROOT);

  for (const stage of chartsOf(COMPONENTS)) {
    const locked = lockedChart(lock, stage.chart);
    const keys = readKeys(PACKAGE_ROOT, stage.chart, locked);
    if (keys === undefined) continue;
    it(`are all read by ${stage.chart}`, () => {
      for (const change of PLATFORMS) {
        const common = inputs(change);
        const values = stage.values?.(common, { namespace: stage.namespace, version: locked.version }) ?? {};
        assert.deepEqual(unknownKeys({ ...values }, keys, stage.chart, stage.chart), []);
      }
    });

    it(`name images where ${stage.chart} has them`, () => {
      const named = Object.keys(stage.images).map((path) => nested(path.split(".")));
      assert.deepEqual(
        named.flatMap((each) => unknownKeys(fieldsOf(each), keys, stage.chart, stage.chart)),
        [],
      );
    });
  }

  it("go unchecked only where no machine of this project's makers has had the chart", () => {
    assert.deepEqual(chartsWithoutKeys(PACKAGE_ROOT), ["piraeus", "tigera-operator"]);
  });

  it("are held against the plan's own fixture, which is accepted", () => {
    assert.ok(plan().stages.length > 0);
  });
});

function nested([key, ...rest]: readonly string[]): unknown {
  return key === undefined ? "given" : { [key]: nested(rest) };
}
