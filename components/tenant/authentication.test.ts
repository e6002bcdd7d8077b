import * as assert from "node:assert/strict";
import { parse } from "yaml";
import type { ControlPlaneArgs } from "./args.generated";
import { planKamaji } from "./control-planes/kamaji/plan";
import { planIsolation } from "./isolation-plan";
import { refuses } from "./settings/refusals.fixture";
import { tenantOf } from "./tenant.fixture";

const controlPlane = (change: object) => ({ controlPlane: change });
const issuer = { issuer: "https://id.example.com", clientId: "kubernetes" };
const issuerOf = (change: object = {}) => ({ url: "https://id.example.com", audiences: ["kubernetes"], ...change });
const login = (change: object) => controlPlane({ authentication: { issuers: [issuerOf(change)] } });
const first = "tenant.controlPlane.authentication.issuers.0";
const plan = (change: ControlPlaneArgs) => planKamaji(tenantOf({ controlPlane: change }));
const specOf = (change: ControlPlaneArgs) => plan(change).controlPlane.spec;

describe("settings of issuers that people log in at", () => {
  refuses({
    "two issuers by flags and by a file": [
      controlPlane({ oidc: issuer, authentication: { issuers: [issuerOf()] } }),
      "tenant.controlPlane.authentication: 1 issuers — must not stand beside oidc",
    ],
    "no issuer": [
      controlPlane({ authentication: { issuers: [] } }),
      "tenant.controlPlane.authentication.issuers: [] — must name an issuer",
    ],
    "an issuer without TLS in a file": [
      login({ url: "http://id.example.com" }),
      `${first}.url: "http://id.example.com" — must be a URL like https://`,
    ],
    "an issuer for nobody": [login({ audiences: [] }), `${first}.audiences: [] — must name a client`],
    "an issuer twice": [
      controlPlane({ authentication: { issuers: [issuerOf(), issuerOf({ audiences: ["other"] })] } }),
      "tenant.controlPlane.authentication.issuers.1.url: https://id.example.com — must be that of one issuer only",
    ],
    "a client twice": [login({ audiences: ["a", "a"] }), `${first}.audiences: a — must be there once`],
    "names by a claim and an expression": [
      login({ username: { claim: "sub", expression: "claims.sub" } }),
      `${first}.username: both — must have either a claim or an expression`,
    ],
    "a prefix of an expression": [
      login({ groups: { expression: "claims.groups", prefix: "oidc:" } }),
      `${first}.groups.prefix: oidc: — is for claims: an expression says what goes before`,
    ],
    "a rule of claims without a claim": [
      login({ claimRules: [{ requiredValue: "a" }] }),
      `${first}.claimRules.0: neither — must have either a claim or an expression`,
    ],
    "names by addresses that nobody has verified": [
      login({ username: { expression: "'mail:' + claims.email" } }),
      `${first}.username.expression: 'mail:' + claims.email — names users by e-mail addresses that nobody has verified`,
    ],
  });
});

// Kubernetes 1.34.4, run: its API server starts with these files, and refuses what is refused here
describe("a control plane with issuers", () => {
  it("lets people log in at several issuers, whose names are never the cluster's own", () => {
    const issuers = [
      { url: "https://id.example.com", audiences: ["kubernetes", "cli"], groups: { claim: "groups" } },
      {
        url: "https://ci.example.com:8443",
        discoveryUrl: "https://ci.internal.example/.well-known/openid-configuration",
        audiences: ["deploy"],
        username: { expression: "'ci:' + claims.sub" },
        claimRules: [{ claim: "ref", requiredValue: "main" }],
        userRules: [{ expression: "user.username != 'ci:bot'" }],
      },
    ];
    const { files, made } = {
      files: plan({ authentication: { issuers } }).apiServerFiles,
      made: specOf({ authentication: { issuers } }),
    };
    assert.deepEqual(made.apiServer.extraArgs, ["--authentication-config=/etc/firmament/authentication.yaml"]);
    const file = parse(files?.data["authentication.yaml"] ?? "") as {
      apiVersion: string;
      jwt: { userValidationRules: object[] }[];
    };
    assert.equal(file.apiVersion, "apiserver.config.k8s.io/v1");
    const guards = file.jwt.map(({ userValidationRules: [user, group] }) => [user, group]);
    for (const [user, group] of guards) {
      assert.match(JSON.stringify(user), /!user\.username\.startsWith\('system:'\)/);
      assert.match(JSON.stringify(group), /user\.groups\.all\(group, !group\.startsWith\('system:'\)\)/);
    }
    assert.deepEqual(
      file.jwt.map(({ userValidationRules, ...rest }) => ({ ...rest, own: userValidationRules.slice(2) })),
      [
        {
          issuer: {
            url: "https://id.example.com",
            audiences: ["kubernetes", "cli"],
            audienceMatchPolicy: "MatchAny",
          },
          claimMappings: {
            username: { claim: "sub", prefix: "oidc:" },
            groups: { claim: "groups", prefix: "oidc:" },
          },
          own: [],
        },
        {
          issuer: {
            url: "https://ci.example.com:8443",
            discoveryURL: "https://ci.internal.example/.well-known/openid-configuration",
            audiences: ["deploy"],
          },
          claimValidationRules: [{ claim: "ref", requiredValue: "main" }],
          claimMappings: { username: { expression: "'ci:' + claims.sub" } },
          own: [{ expression: "user.username != 'ci:bot'" }],
        },
      ],
    );
  });

  it("may ask issuers for their keys, at their ports, and nobody where there is none", () => {
    const opened = (change: ControlPlaneArgs) =>
      planIsolation(tenantOf({ controlPlane: change })).networkPolicies.find(
        ({ metadata }) => metadata.name === "issuers",
      );
    assert.equal(opened({}), undefined);
    const ports = (change: ControlPlaneArgs) =>
      opened(change)?.spec.egress?.flatMap((rule) => (rule.ports ?? []).map((each) => each.port));
    assert.deepEqual(ports({ oidc: issuer }), [443]);
    const issuers = [issuerOf(), issuerOf({ url: "https://ci.example.com:8443" })];
    assert.deepEqual(ports({ authentication: { issuers } }), [443, 8443]);
    assert.deepEqual(opened({ oidc: issuer })?.spec.podSelector, { matchLabels: { "kamaji.clastix.io/name": "acme" } });
  });
});
