import * as assert from "node:assert/strict";
import { at, objectOf, plan, valuesOf } from "../../platform.fixture";

const planned = plan();
const value = (path: string) => at(valuesOf(planned, "cilium"), path);

describe("cilium", () => {
  it("leaves routing to the pod network, and other CNI configurations alone", () => {
    assert.equal(value("cni.chainingMode"), "generic-veth");
    assert.equal(value("cni.exclusive"), false);
    assert.equal(value("kubeProxyReplacement"), true);
    assert.equal(value("enableIPv4Masquerade"), false);
  });

  it("needs nothing that Talos refuses: no kernel modules from pods", () => {
    const capabilities = value("securityContext.capabilities.ciliumAgent") as string[];
    assert.ok(capabilities.includes("NET_ADMIN") && !capabilities.includes("SYS_MODULE"));
  });

  it("is chained behind the pod network by a ConfigMap that its chart names", () => {
    const { metadata, data } = objectOf(planned, String(value("cni.configMap")));
    assert.equal(metadata.namespace, "cilium");
    const chain = JSON.parse((data as Record<string, string>)["cni-config"] ?? "") as { plugins: { type: string }[] };
    assert.deepEqual(
      chain.plugins.map(({ type }) => type),
      ["kube-ovn", "portmap", "cilium-cni"],
    );
  });

  /*
   * Cilium translates addresses of Services at sockets, which virtual machines do not have on the host (cilium#14563,
   * #37669): without this their Services work only while SCTP happens to be on (1.19.5, bpf_lxc.c).
   */
  it("translates addresses of Services for virtual machines, whose sockets it does not see", () => {
    assert.equal(value("socketLB.hostNamespaceOnly"), true);
  });

  /* Without IPv6 in the cluster it drops all IPv6 of the machines, neighbour discovery first (cilium#33155). */
  it("leaves the machines' own traffic alone while there is no policy for it", () => {
    assert.equal(value("hostFirewall.enabled"), false);
  });

  it("takes its images from the mirror", () => {
    const mirrored = plan({ change: { mirror: { images: "registry.example/mirror" } } });
    assert.equal(at(valuesOf(mirrored, "cilium"), "image.repository"), "registry.example/mirror/cilium/cilium");
  });
});
