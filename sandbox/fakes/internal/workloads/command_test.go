package workloads

import (
	"regexp"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

func TestPathsBelowMountsLeadToTheirFolders(t *testing.T) {
	m := mounts{{"/csi", "/s/v0"}, {"/etc/cloud", "/s/v1"}, {"/etc", "/s/v2"}}
	for text, want := range map[string]string{
		"/etc/cloud/cloud-config":           "/s/v1/cloud-config",
		"--cloud-config=/etc/cloud/config":  "--cloud-config=/s/v1/config",
		"--endpoint=unix:///csi/csi.sock":   "--endpoint=unix:///s/v0/csi.sock",
		"unix:/csi/csi.sock":                "unix:/s/v0/csi.sock",
		"/etc/hosts":                        "/s/v2/hosts",
		"/csi":                              "/s/v0",
		"/csi-other/file":                   "/csi-other/file",
		"--flag=/var/csi/x":                 "--flag=/var/csi/x",
		"/csi/a:/etc/b,/etc/cloud/c":        "/s/v0/a:/s/v2/b,/s/v1/c",
		"https://acme.tenant-acme.svc:6443": "https://acme.tenant-acme.svc:6443",
		"":                                  "",
	} {
		if got := m.rewrite(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestVariablesAreExpandedAsByKubelet(t *testing.T) {
	variables := map[string]string{"ADDRESS": "/csi/csi.sock", "NS": "tenant-acme"}
	for text, want := range map[string]string{
		"--csi-address=$(ADDRESS)": "--csi-address=/csi/csi.sock",
		"$(NS)/$(NS)":              "tenant-acme/tenant-acme",
		"$$(NS)":                   "$(NS)",
		"$(UNKNOWN)":               "$(UNKNOWN)",
		"$NS":                      "$NS",
	} {
		if got := expand(text, variables); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestAFlagHasOneValueWhateverItsForm(t *testing.T) {
	for _, args := range [][]string{
		{"run", "--secure-port=10258", "--v=2"}, {"run", "-secure-port", "10258", "--v=2"}, {"run", "--secure-port", "1", "--v=2", "--secure-port=10258"},
	} {
		if value, found := flagOf(args, "secure-port"); value != "10258" || !found {
			t.Errorf("%q: %q, %v", args, value, found)
		}
		if got := withFlag(args, "secure-port", "20001"); !slices.Equal(got, []string{"run", "--v=2", "--secure-port=20001"}) {
			t.Errorf("%q becomes %q", args, got)
		}
	}
	if got := withFlag([]string{"--leader-elect", "--v=2"}, "leader-elect", "false"); !slices.Equal(got, []string{"--v=2", "--leader-elect=false"}) {
		t.Errorf("a flag without value: %q", got)
	}
}

func TestPortsAreThoseOfTheFlags(t *testing.T) {
	port, address := PortFlag{Name: "port", Default: 80}, PortFlag{Name: "listen", Address: true}
	for _, test := range []struct {
		flag PortFlag
		args []string
		want int
		bad  bool
	}{
		{flag: port, want: 80},
		{flag: port, args: []string{"--port=90"}, want: 90},
		{flag: port, args: []string{"--port=0"}},
		{flag: port, args: []string{"--port=x"}, bad: true},
		{flag: address},
		{flag: address, args: []string{"-listen", ":8080"}, want: 8080},
		{flag: address, args: []string{"-listen=0"}},
		{flag: address, args: []string{"-listen=host"}, bad: true},
	} {
		if got, err := test.flag.listened(test.args); got != test.want || (err != nil) != test.bad {
			t.Errorf("%q: %d, %v", test.args, got, err)
		}
	}
	if got := address.here(20001); got != "127.0.0.1:20001" {
		t.Error(got)
	}
}

func TestProgramsAreKnownByTheirImageWhereverItComesFrom(t *testing.T) {
	r := &Runner{Programs: []Program{{Image: "kubevirt/manager", Tool: "manager"}}}
	pattern := regexp.MustCompile(Pattern(r.Programs))
	for image, want := range map[string]bool{
		"quay.io/kubevirt/manager:v1":                true,
		"registry.example:5000/m/kubevirt/manager:v": true,
		"registry.example:5000/kubevirt/manager":     true,
		"kubevirt/manager@sha256:00":                 true,
		"quay.io/kubevirt/manager:v1@sha256:00":      true,
		"quay.io/other-kubevirt/manager:v1":          false,
		"quay.io/kubevirt/manager-debug:v1":          false,
		"quay.io/kubevirt/manager/debug":             false,
	} {
		if _, got := r.program(image); got != want || pattern.MatchString(image) != want {
			t.Errorf("%s: %v, want %v", image, got, want)
		}
	}
	if Pattern(nil) != "" {
		t.Error("no programs: a pattern")
	}
}

func TestOnlyKubeconfigsOfTenantsArePointedElsewhere(t *testing.T) {
	r, _ := newRunner(t, tenantAPI("127.0.0.7:20007"))
	for server, want := range map[string]string{
		"https://acme.tenant-acme.svc:6443":               "https://127.0.0.7:20007",
		"https://acme.tenant-acme.svc.cluster.local:6443": "https://127.0.0.7:20007",
		"https://other.tenant-acme.svc:6443":              "https://other.tenant-acme.svc:6443",
		"https://198.51.100.7:6443":                       "https://198.51.100.7:6443",
	} {
		data, err := r.localise(t.Context(), kubeconfig(server))
		if err != nil {
			t.Fatal(err)
		}
		cluster := load(t, data).Clusters["c"]
		if cluster.Server != want {
			t.Errorf("%s: %s, want %s", server, cluster.Server, want)
		}
		if (cluster.TLSServerName != "") != (server != want) {
			t.Errorf("%s: verified as %q", server, cluster.TLSServerName)
		}
	}
	other := []byte("clusters of grapes in a.svc")
	if data, err := r.localise(t.Context(), other); err != nil || string(data) != string(other) {
		t.Errorf("%s, %v", data, err)
	}
	if endpoint, err := r.tenantAPI(t.Context(), types.NamespacedName{Namespace: "a", Name: "b"}); endpoint != "" || err != nil {
		t.Errorf("%s, %v", endpoint, err)
	}
}
