import * as assert from "node:assert/strict";
import { parse, parseAllDocuments } from "yaml";
import { lockedChart, readChartLock } from "../../charts/lock";
import { wrapManifests } from "../../charts/wrap";
import { at, ROOT } from "../../platform.fixture";
import { CNI_CHAIN_FILE } from "../cilium/values";

/** The parts of upstream's manifest (v4.3.0, thick) that edits of the lock are about. */
const UPSTREAM = `
kind: ConfigMap
apiVersion: v1
metadata: { name: multus-daemon-config, namespace: kube-system }
data:
  daemon-config.json: |
    { "chrootDir": "/hostroot", "cniVersion": "0.3.1", "multusConfigFile": "auto", "socketDir": "/host/run/multus/" }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: kube-multus-ds, namespace: kube-system }
spec:
  template:
    metadata: { labels: { name: multus } }
    spec:
      initContainers: [{ name: install-multus-binary, image: "ghcr.io/k8snetworkplumbingwg/multus-cni:snapshot-thick" }]
      containers:
        - name: kube-multus
          image: ghcr.io/k8snetworkplumbingwg/multus-cni:snapshot-thick
          volumeMounts: [{ name: cni, mountPath: /host/etc/cni/net.d }]
      volumes:
        - { name: cni, hostPath: { path: /etc/cni/net.d } }
        - name: multus-daemon-config
          configMap: { name: multus-daemon-config, items: [{ key: daemon-config.json, path: daemon-config.json }] }
`;

function objects(locked = lockedChart(readChartLock(ROOT), "multus")): readonly unknown[] {
  const text = wrapManifests("multus", locked, [UPSTREAM]).get("templates/manifests.yaml") ?? "";
  // what Helm puts in place of the expressions does not matter here
  return parseAllDocuments(text.replace(/\{\{[^}]*\}\}/g, "x")).map((document) => document.toJS() as unknown);
}

const checksum = (made: readonly unknown[]) => at(made[1], "spec.template.metadata.annotations.checksum/config");

describe("multus", () => {
  /*
   * When it has to find the primary network by itself, Multus v4.3.0 sorts the files of /etc/cni/net.d once, when it starts,
   * and stays with the first one until it is restarted. Where that is Kube-OVN's (10-) because Cilium is not ready yet,
   * no NetworkPolicy holds for any pod of the node (k8snetworkplumbingwg/multus-cni#1499).
   */
  it("calls the chain that has network policies, by the name of its file, and does not start before it is there", () => {
    const text = (at(objects()[0], "data") as Record<string, string>)["daemon-config.json"] ?? "";
    const config = parse(text) as Record<string, unknown>;
    assert.equal(config["multusMasterCNI"], CNI_CHAIN_FILE);
    const mount = String(config["multusAutoconfigDir"]);
    assert.equal(config["readinessindicatorfile"], `${mount}/${CNI_CHAIN_FILE}`);
    assert.equal(at(objects()[1], "spec.template.spec.containers.0.volumeMounts.0.mountPath"), mount);
  });

  it("restarts when that configuration changes, which it reads only at its start", () => {
    const locked = lockedChart(readChartLock(ROOT), "multus");
    const value = { "daemon-config.json": "{}" };
    const other = { ...locked, edits: [...(locked.edits ?? []), { kind: "ConfigMap", path: "data", value, why: "" }] };
    assert.match(String(checksum(objects())), /^[0-9a-f]{64}$/);
    assert.notEqual(checksum(objects(other)), checksum(objects()));
  });
});
