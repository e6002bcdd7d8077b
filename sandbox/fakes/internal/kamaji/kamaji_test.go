package kamaji

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"firmament.example/sandbox/fakes/internal/bundle"
)

func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	objects, err := bundle.Parse([]byte(text))
	if err != nil || len(objects) != 1 {
		t.Fatalf("%d objects, %v", len(objects), err)
	}
	return objects[0]
}

func TestAControlPlaneIsSaidInKamajisWords(t *testing.T) {
	cluster := parse(t, `
kind: Cluster
spec:
  clusterNetwork: {apiServerPort: 7443, pods: {cidrBlocks: [10.1.0.0/16]}, services: {cidrBlocks: [10.2.0.0/16]}, serviceDomain: a.example}
`)
	kcp := parse(t, `
kind: KamajiControlPlane
spec:
  version: 1.34.4
  replicas: 3
  dataStoreName: gold
  addons: {coreDNS: {dnsServiceIPs: [10.2.0.53]}}
  apiServer: {extraArgs: [--max-requests-inflight=100]}
  network: {serviceType: ClusterIP, certSANs: [api.example.com], ingress: {hostname: "in.example.com:443"}}
`)
	tcp := &unstructured.Unstructured{Object: map[string]any{"spec": tenantSpec(cluster, kcp)}}
	tcp.SetNamespace("ns")
	tcp.SetName("n")
	p, err := readProfile(tcp)
	if err != nil {
		t.Fatal(err)
	}
	if p.version != "v1.34.4" || p.port != 7443 || p.podCIDR != "10.1.0.0/16" || p.serviceCIDR != "10.2.0.0/16" ||
		p.domain != "a.example" || p.dns != "10.2.0.53" || p.serviceType != "ClusterIP" || p.replicas != 3 {
		t.Errorf("profile %+v", p)
	}
	if strings.Join(p.certSANs, " ") != "api.example.com in.example.com" {
		t.Errorf("names %v", p.certSANs)
	}
	if p.coreDNS == nil || p.kubeProxy != nil || p.konnectivity != nil {
		t.Error("addons are those that are there, and no others")
	}
	if got := p.apiServerArgs["max-requests-inflight"]; len(got) != 1 || got[0] != "100" {
		t.Errorf("arguments %v", p.apiServerArgs)
	}
	if dataStoreName(tcp) != "gold" || prefixOf(tcp) != "/ns_n" {
		t.Errorf("data store %s, prefix %s", dataStoreName(tcp), prefixOf(tcp))
	}
}

func TestADNSAddressOutsideOfTheServicesIsNotUsed(t *testing.T) {
	p, err := readProfile(parse(t, `
kind: TenantControlPlane
spec: {kubernetes: {version: v1.34.4}, networkProfile: {serviceCidr: 10.17.0.0/16, dnsServiceIPs: [10.96.0.10]}}
`))
	if err != nil || p.dns != "10.17.0.10" {
		t.Errorf("%s, %v", p.dns, err)
	}
}

func TestKubeletPatchesMayRemoveWhatIsNotThere(t *testing.T) {
	text, err := patched(map[string]any{"kind": "KubeletConfiguration"}, []any{
		map[string]any{"op": "remove", "path": "/crashLoopBackOff/maxContainerRestartPeriod"},
		map[string]any{"op": "add", "path": "/cgroupDriver", "value": "systemd"},
	})
	if err != nil || !strings.Contains(string(text), "cgroupDriver: systemd") {
		t.Errorf("%s, %v", text, err)
	}
	if _, err := patched(map[string]any{}, []any{map[string]any{"op": "replace", "path": "/a/b", "value": 1}}); err == nil {
		t.Error("a replacement of nothing went through")
	}
}
