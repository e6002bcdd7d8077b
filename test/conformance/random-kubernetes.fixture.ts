import { issue } from "../../components/talos/certificates.fixture";
import type { Dice } from "./talos-patches.fixture";

export const AUTHORITY = issue("site").certificate;

/** Texts that fit nowhere or only just. */
export const ODD = ["", " ", "a b", "a:b", "ü", '"', "a\nb", "*", "é".repeat(70), "-"];

/** Makes values by chance, most of them good. */
export class Random {
  constructor(protected readonly dice: Dice) {}

  protected maybe<T extends object>(fields: T): Partial<T> {
    return this.dice.chance(50) ? fields : {};
  }

  /** One of the good values, rarely one of the others: whether those are wrong is for the settings to say. */
  protected odd<T>(good: readonly T[], others: readonly T[]): T {
    return this.dice.one(this.dice.chance(2) ? others : good);
  }

  protected list<T>(make: () => T): T[] {
    return Array.from({ length: this.dice.number(3) }, make);
  }
}

/** `base.kubernetes` by chance. */
export class RandomKubernetes extends Random {
  some(): object {
    const { dice } = this;
    return {
      ...this.maybe({
        featureGates: { [this.odd(["A", "NodeSwap"], ["AllAlpha", "PodSecurity", "a", ""])]: dice.chance(50) },
      }),
      ...this.maybe({
        apiServer: {
          ...this.maybe({ audit: this.audit() }),
          ...this.maybe({ oidc: this.oidc() }),
          ...this.flags(
            ["goaway-chance", "default-watch-cache-size"],
            ["etcd-servers", "anonymous-auth", "oidc-ca-file"],
          ),
        },
      }),
      ...this.maybe({ controllerManager: this.flags(["bind-address", "node-monitor-period"], ["kubeconfig"]) }),
      ...this.maybe({ scheduler: this.flags(["v", "kube-api-qps"], ["config"]) }),
      ...this.maybe({ kubelet: this.kubelet() }),
      ...this.maybe({
        etcd: {
          ...this.maybe({ quota: this.odd(["2Gi", "8Gi"], ["1Gi", "9Gi", "8G"]) }),
          ...this.maybe({ heartbeatInterval: this.odd([50, 100, 200], [1000, 1.5, 0]) }),
          ...this.maybe({ electionTimeout: this.odd([1000, 50_000], [500, 10]) }),
          ...this.maybe({ backups: dice.chance(50) }),
          ...this.flags(["snapshot-count", "listen-metrics-urls"], ["data-dir", "name", "initial-cluster"]),
        },
      }),
    };
  }

  private flags(good: readonly string[], others: readonly string[]): object {
    const value = () => this.odd(["1", "true", "a,b=c", "50%", '"', "http://192.0.2.1:2381"], ["", " ", "a\nb"]);
    return this.maybe({
      extraArgs: Object.fromEntries(this.list(() => [this.odd(good, [...others, "--v", "a_b"]), value()])),
    });
  }

  private audit(): object {
    const rule = () => ({
      level: this.odd(["Metadata", "Request", "RequestResponse"], ["None", "All"]),
      ...this.odd<object>(
        [
          { users: ["system:kube-scheduler"], verbs: ["get"] },
          { nonResourceURLs: ["/healthz*", "*"] },
          { resources: [{ group: "apps", resources: ["deployments"], resourceNames: ["a"] }], namespaces: ["b"] },
          { resources: [{}] },
        ],
        [{}, { nonResourceURLs: ["a"] }, { nonResourceURLs: ["/a"], namespaces: ["b"] }, { users: [] }],
      ),
    });
    return { ...this.maybe({ level: this.odd(["Metadata", "Request"], ["None"]) }), rules: this.list(rule) };
  }

  private oidc(): object {
    return {
      issuer: this.odd(
        ["https://id.example.com", "https://id.example.com:8443/a"],
        ["http://a", "https://a?b", "https://"],
      ),
      clientId: this.odd(["kubernetes", "a:b"], ODD),
      ...this.maybe({ usernameClaim: "email", usernamePrefix: this.odd(["oidc:", "a#"], ["-", "", "system:"]) }),
      ...this.maybe({ groupsClaim: "groups" }),
      ...this.maybe({ ca: this.odd([AUTHORITY], ["x"]) }),
    };
  }

  private kubelet(): object {
    const reserve = () => ({
      ...this.maybe({ cpu: this.odd(["500m", "2"], ["0", "1.5", "a"]) }),
      ...this.maybe({ memory: this.odd(["512Mi", "4Gi"], ["4G", "4 Gi", "0Mi"]) }),
      ...this.maybe({ ephemeralStorage: "1Gi" }),
    });
    return {
      ...this.maybe({ maxPods: this.odd([10, 110, 1000], [0, 5000]) }),
      ...this.maybe({ systemReserved: reserve() }),
      ...this.maybe({ kubeReserved: reserve() }),
      ...this.maybe({
        evictionHard: { memory: this.odd(["5%", "500Mi"], ["0%", "100%", "5"]), ...this.maybe({ imageFs: "20%" }) },
      }),
      ...this.flags(["image-gc-high-threshold", "v"], ["config", "max-pods", "read-only-port"]),
    };
  }
}
