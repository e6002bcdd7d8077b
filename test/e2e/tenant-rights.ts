import * as assert from "node:assert/strict";
import { parse } from "yaml";
import { accountRules, type AccountRule } from "../../automation/reference/addon-rights";
import { ADDONS } from "../../components/tenant/addons";
import { AccountApi, type ApiResource, difference } from "../support/least-privilege";
import { get } from "./kubernetes-objects";
import { list, NAMESPACE, namesOf, type TenantCloud } from "./tenant-cloud";

/** Controllers that the tenant has, all others of the table are off. */
const INSTALLED = ["cloudController", "clusterAutoscaler", "csi"];

const NEIGHBOUR = "tenant-globex";

/**
 * What accounts of the controllers may do, by the word of both API servers for everything that they list, is what the
 * table of docs/reference/tenant-addons.md says; a unit test compares that page with the same rules.
 */
export function rights(cloud: TenantCloud): void {
  const rules = accountRules(ADDONS).filter(({ addon }) => INSTALLED.includes(addon));
  const accounts = (cluster: AccountRule["cluster"]) => [
    ...new Set(rules.filter((each) => each.cluster === cluster).map(({ account }) => account)),
  ];
  const rulesOf = (cluster: AccountRule["cluster"], account: string) =>
    rules.filter((each) => each.cluster === cluster && each.account === account);
  const expectEqual = async (
    api: AccountApi,
    resources: readonly ApiResource[],
    of: readonly AccountRule[],
    namespaces: readonly string[],
  ) => {
    const { more, less, asked } = await difference(api, resources, of, namespaces);
    assert.deepEqual({ more, less }, { more: [], less: [] });
    assert.ok(asked > 500, `only ${asked} questions`);
  };

  for (const account of accounts("management cluster")) {
    it(`of ${account} in the management cluster end at its namespace, and are those of the table`, async () => {
      const admin = new AccountApi(cloud.parent);
      const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
      const at = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${account}/token`;
      const { status } = (await admin.call("POST", at, request)) as { status: { token: string } };
      await expectEqual(
        new AccountApi(cloud.parent, status.token),
        await admin.resources(),
        rulesOf("management cluster", account),
        [NAMESPACE, NEIGHBOUR],
      );
    });
  }

  /** Asks the tenant's API, as the account whose kubeconfig is in a Secret. */
  const expectInTenant = async (secret: string, account: string) => {
    const at = `/api/v1/namespaces/${NAMESPACE}/secrets/${secret}`;
    const { data } = (await get(cloud.parent, at)) as { data: { value: string } };
    const { users } = parse(Buffer.from(data.value, "base64").toString("utf8")) as {
      users: [{ name: string; user: { token: string } }];
    };
    assert.equal(users[0].name, account);
    await expectEqual(
      new AccountApi(cloud.tenant, users[0].user.token),
      await new AccountApi(cloud.tenant).resources(),
      rulesOf("tenant", account),
      ["kube-system", "default"],
    );
  };

  const secretOf = (account: string) => `${account.replace(/^firmament-/, "")}-kubeconfig`;
  for (const account of accounts("tenant")) {
    it(`of ${account} in the tenant are those of the table`, () => expectInTenant(secretOf(account), account));
  }

  it("of no other account of a controller in the tenant are any", async () => {
    const named = accounts("tenant").map(secretOf);
    const made = namesOf(await list(cloud.parent, `/api/v1/namespaces/${NAMESPACE}/secrets`));
    const others = made.filter(
      // the administrator's, which no controller of an add-on has
      (each) => each.endsWith("-kubeconfig") && !named.includes(each) && !each.startsWith("acme-"),
    );
    assert.deepEqual(others, ["csi-driver-kubeconfig"]);
    await expectInTenant("csi-driver-kubeconfig", "firmament-csi-driver");
  });
}
