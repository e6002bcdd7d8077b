import { parameters } from "../../engine/parameters";
import { isPinnedDigest } from "../../engine/library/images";
import { resourceRule, type ResourceRule, type RuleFacts, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import { isUrlAllowed, parseAddress } from "../../engine/library/urls";
import { isExactVersion } from "../../engine/versions";
import { ociChart, release } from "./examples";
import {
  CHART_KINDS,
  chartLock,
  chartSource,
  isLocked,
  isOci,
  isVendored,
  locationOf,
  RELEASE,
  type ChartSource,
} from "./source";

/** A rule about where a chart comes from. */
function sourceRule(
  rule: RuleFacts & {
    readonly kinds?: readonly string[];
    readonly check: (source: ChartSource, settings: Settings) => Iterable<Violation>;
  },
): ResourceRule {
  const { check, kinds = CHART_KINDS, ...facts } = rule;
  return resourceRule({
    ...facts,
    types: kinds,
    on: ({ key }) => kinds.includes(key),
    check: (target, settings) => check(target.memo(chartSource), settings),
  });
}

/** An archive whose name says its version: https://charts.example/shop-1.4.2.tgz. */
const NAMED_ARCHIVE = /-v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?\.tgz$/;

export const versionPinned = sourceRule({
  id: "helm-version-pinned",
  group: "helm",
  title: "Chart version exact",
  severity: "high",
  references: ["SLSA", "MITRE T1195.002"],
  fix: "set version to an exact one, like 1.4.2",
  docs: {
    why: "Without a version, or with a range, every deployment installs the newest version, which was not reviewed, and two clusters of one program differ.",
    pass: release({ version: "1.4.2" }),
    fail: release({ version: "^1.4.0" }),
  },
  *check({ version, digest, local, location }) {
    const { text } = version;
    if (text === undefined || text === "") {
      // a digest, an archive of one version and a folder of the project say it themselves
      if (isPinnedDigest(digest) || local || NAMED_ARCHIVE.test(location ?? "")) return;
      yield { at: version, message: "no version is named" };
    } else if (!isExactVersion(text)) {
      yield { at: version, message: `"${text.slice(0, 80)}" is a range, not one version` };
    }
  },
});

export const repositoryAllowed = sourceRule({
  id: "helm-repo-allowed",
  group: "helm",
  title: "Chart from an allowed repository",
  severity: "critical",
  references: ["C-0001", "MITRE T1195.002"],
  fix: "use a repository of chartRepos, or vendor the chart into charts/",
  docs: {
    why: "A chart is a program that runs with the rights of the deployment. Everybody who can write to its repository, or to one with a similar name, controls the cluster.",
    pass: { resources: [release()], config: { chartRepos: ["https://charts.example"] } },
    fail: {
      resources: [release({ repositoryOpts: { repo: "https://charts.example.evil.example" } })],
      config: { chartRepos: ["https://charts.example"] },
    },
  },
  *check(source, { chartRepos }) {
    const { at, local } = source;
    const location = locationOf(source);
    if (location === undefined) return;
    if (local) {
      if (!isVendored(location))
        yield { at, message: `"${location.slice(0, 80)}" is no chart below charts/, and names no repository` };
    } else if (chartRepos !== undefined && !isUrlAllowed(location, chartRepos)) {
      yield { at, message: "the repository is not allowed" };
    }
  },
});

/** Hosts whose traffic does not leave the machine. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

export const repositoryHttps = sourceRule({
  id: "helm-repo-https",
  group: "helm",
  title: "Chart over TLS",
  severity: "high",
  references: ["NSA supply chain", "MITRE T1557"],
  fix: "use https:// or oci://, with credentials in repositoryOpts and TLS as it is",
  docs: {
    why: "An attacker in the network can replace a chart that is fetched unencrypted, or over TLS that is not verified. A password in the address ends up in logs, in the state and in every error message.",
    pass: release(),
    fail: release({ repositoryOpts: { repo: "http://charts.example" } }),
  },
  *check(source) {
    const { at, local, insecure } = source;
    const location = locationOf(source);
    for (const flag of insecure) if (flag.on) yield { at: flag, message: "the server is not verified" };
    if (location === undefined || local) return;
    const address = parseAddress(location);
    if (address === undefined) return yield { at, message: "it is no address" };
    // plain http to the same machine cannot be read by others
    const safe =
      ["https", "oci"].includes(address.scheme) || (address.scheme === "http" && LOOPBACK.test(address.hostname));
    if (!safe) yield { at, message: `the chart comes over ${address.scheme}` };
    if (address.credential) yield { at, message: "the address holds a credential" };
  },
});

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

const OCI_LOCK = parameters("helm-oci-digest", (z) => ({ chartLock: chartLock(z) }));

export const ociDigest = sourceRule({
  id: "helm-oci-digest",
  group: "helm",
  title: "OCI chart by digest",
  severity: "medium",
  references: ["SLSA"],
  fix: "append @sha256:… to the chart, or pin its digest in the lock of charts",
  params: OCI_LOCK,
  docs: {
    why: "A version of an oci:// chart is a tag, and tags can be moved: the same program then installs something else.",
    pass: ociChart(`oci://registry.example/charts/shop@${DIGEST}`),
    fail: ociChart("oci://registry.example/charts/shop"),
  },
  *check(source, settings) {
    if (!isOci(source) || isPinnedDigest(source.digest) || isLocked(source, settings, OCI_LOCK.of(settings))) return;
    yield { at: source.chart, message: "nothing pins the content of the chart", unless: [source.version] };
  },
});

const VERIFY_LOCK = parameters("helm-verify", (z) => ({ chartLock: chartLock(z) }));

export const provenance = sourceRule({
  id: "helm-verify",
  group: "helm",
  title: "Provenance verified",
  severity: "medium",
  references: ["SLSA"],
  kinds: [RELEASE],
  fix: "set verify with a keyring, name the chart by digest, vendor it, or pin its digest in the lock of charts",
  params: VERIFY_LOCK,
  docs: {
    why: "A repository that an attacker controls can serve other charts under the same versions. A signature, or a digest that was recorded when the chart was reviewed, detects them.",
    pass: release(),
    fail: release({ verify: false }),
  },
  *check(source, settings) {
    const { target, local, digest, version } = source;
    const verify = target.root.field("verify");
    const keyring = target.root.field("keyring");
    if (verify.is(true) && keyring.present) return;
    if (local || isPinnedDigest(digest) || isLocked(source, settings, VERIFY_LOCK.of(settings))) return;
    const unless = [source.at, source.chart, version, keyring];
    if (verify.is(true)) yield { at: keyring, message: "no keyring names the accepted signatures", unless };
    else yield { at: verify, message: "it is not verified that this is the chart that was reviewed", unless };
  },
});
