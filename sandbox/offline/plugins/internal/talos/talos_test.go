package talos

import (
	"crypto/ed25519"
	"crypto/rand"
	stdx509 "crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"go.yaml.in/yaml/v4"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"firmament.example/sandbox/offline/plugins/internal/providertest"
)

type values = providertest.Values

const (
	secretsToken    = "talos:machine/secrets:Secrets"
	applyToken      = "talos:machine/configurationApply:ConfigurationApply"
	bootstrapToken  = "talos:machine/bootstrap:Bootstrap"
	kubeconfigToken = "talos:cluster/kubeconfig:Kubeconfig"
)

func TestMain(m *testing.M) {
	firstWait, lastWait = 5*time.Millisecond, 20*time.Millisecond
	os.Exit(m.Run())
}

// stack is an engine with the secrets of a cluster.
type stack struct {
	*testing.T
	engine  *providertest.Engine
	secrets *providertest.Resource
}

func newStack(t *testing.T) stack {
	t.Helper()
	engine := providertest.Start(t, Package(), nil)
	s := stack{t, engine, engine.Resource(secretsToken)}
	s.must(s.secrets.Up(nil))
	return s
}

func (s stack) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s stack) mustFail(err error, pattern string) {
	s.Helper()
	if err == nil || !regexp.MustCompile("(?s)"+pattern).MatchString(err.Error()) {
		s.Fatalf("%v, want an error like %q", err, pattern)
	}
}

func (s stack) mustBe(got, want any) {
	s.Helper()
	if !equal(got, want) {
		s.Fatalf("got  %v\nwant %v", got, want)
	}
}

func equal(got, want any) bool {
	return providertest.Properties(values{"x": got}).DeepEquals(providertest.Properties(values{"x": want}))
}

func (s stack) client() resource.PropertyValue { return s.secrets.Outputs["clientConfiguration"] }

// config is a control plane's or worker's configuration of the stack's cluster.
func (s stack) config(more values) values {
	s.Helper()
	args := values{
		"clusterName": "berlin", "clusterEndpoint": "https://192.0.2.1:6443", "machineType": "controlplane",
		"machineSecrets": s.secrets.Outputs["machineSecrets"], "kubernetesVersion": "1.34.4",
	}
	for key, value := range more {
		args[key] = value
	}
	result, err := s.engine.Invoke("talos:machine/getConfiguration:getConfiguration", args)
	s.must(err)
	return providertest.Plain(result)
}

// target gives the arguments of everything that goes to a machine.
func (s stack) target(machine *fakeMachine, more values) values {
	args := values{"node": "127.0.0.1", "endpoint": machine.address, "clientConfiguration": s.client()}
	for key, value := range more {
		args[key] = value
	}
	return args
}

func TestSecretsAreAWholePKI(t *testing.T) {
	s := newStack(t)
	s.mustBe(s.secrets.ID, "machine_secrets")
	outputs := providertest.Plain(s.secrets.Outputs)
	s.mustBe(outputs["talosVersion"], "v1.13")
	certs := outputs["machineSecrets"].(values)["certs"].(values)
	authorities := map[string]*stdx509.Certificate{}
	for name, algorithm := range map[string]stdx509.PublicKeyAlgorithm{
		"etcd": stdx509.ECDSA, "k8s": stdx509.ECDSA, "k8sAggregator": stdx509.ECDSA, "os": stdx509.Ed25519,
	} {
		authority := parse(t, certs[name].(values)["cert"])
		authorities[name] = authority
		if !authority.IsCA || authority.PublicKeyAlgorithm != algorithm {
			t.Errorf("%s: CA %t with %s", name, authority.IsCA, authority.PublicKeyAlgorithm)
		}
	}
	client := outputs["clientConfiguration"].(values)
	certificate := parse(t, client["clientCertificate"])
	s.mustBe(client["caCertificate"], certs["os"].(values)["cert"])
	if err := certificate.CheckSignatureFrom(authorities["os"]); err != nil {
		t.Error(err)
	}
	s.mustBe(certificate.Subject.Organization, []string{"os:admin"})
	if life := certificate.NotAfter.Sub(certificate.NotBefore).Round(time.Hour); life != 8760*time.Hour {
		t.Errorf("credentials live for %s", life)
	}
}

func TestSecretsAreSecretInTheState(t *testing.T) {
	s := newStack(t)
	secret := providertest.Secrets(s.secrets.Outputs)
	slices.Sort(secret)
	s.mustBe(secret, []string{
		"clientConfiguration.clientKey",
		"machineSecrets.certs.etcd.key", "machineSecrets.certs.k8s.key", "machineSecrets.certs.k8sAggregator.key",
		"machineSecrets.certs.k8sServiceaccount.key", "machineSecrets.certs.os.key",
		"machineSecrets.cluster.secret", "machineSecrets.secrets.bootstrapToken",
		"machineSecrets.secrets.secretboxEncryptionSecret", "machineSecrets.trustdinfo.token",
	})
}

func TestSecretsOfAnOldContractHaveTheOldKey(t *testing.T) {
	s := newStack(t)
	old := s.engine.Resource(secretsToken)
	s.must(old.Up(values{"talosVersion": "1.2"}))
	if !strings.Contains(old.Outputs["machineSecrets"].String(), "aescbcEncryptionSecret") {
		t.Error("no aescbcEncryptionSecret")
	}
}

func TestSecretsInAPreviewAreUnknown(t *testing.T) {
	s := newStack(t)
	preview, err := s.engine.Resource(secretsToken).Preview(nil)
	s.must(err)
	if !preview["machineSecrets"].IsComputed() || !preview["clientConfiguration"].IsComputed() {
		t.Errorf("known in a preview: %v", preview)
	}
	s.mustBe(preview["talosVersion"].StringValue(), "v1.13")
}

func TestSecretsSurviveARaisedVersionAndNotALoweredOne(t *testing.T) {
	s := newStack(t)
	before := providertest.Plain(s.secrets.Outputs)

	same, err := s.secrets.Diff(nil)
	s.must(err)
	s.mustBe(same.GetChanges() == pulumirpc.DiffResponse_DIFF_NONE, true)

	preview, err := s.secrets.Preview(values{"talosVersion": "v1.14"})
	s.must(err)
	s.mustBe(preview["machineSecrets"].IsComputed(), true)
	s.must(s.secrets.Up(values{"talosVersion": "v1.14"}))
	after := providertest.Plain(s.secrets.Outputs)
	s.mustBe(after["talosVersion"], "v1.14")
	s.mustBe(after["machineSecrets"], before["machineSecrets"])
	s.mustBe(after["clientConfiguration"], before["clientConfiguration"])

	lowered, err := s.secrets.Diff(values{"talosVersion": "1.12"})
	s.must(err)
	s.mustBe(lowered.GetReplaces(), []string{"talosVersion"})
	_, err = s.secrets.Diff(values{"talosVersion": "latest"})
	s.mustFail(err, `talosVersion: "latest" — must be a Talos version`)
}

func TestCredentialsAreRenewedInTheirLastMonth(t *testing.T) {
	now := time.Now()
	engine := providertest.Start(t, packageAt(func() time.Time { return now }), nil)
	s := stack{t, engine, engine.Resource(secretsToken)}
	s.must(s.secrets.Up(nil))
	before := providertest.Plain(s.secrets.Outputs)

	now = now.AddDate(0, 10, 0)
	diff, err := s.secrets.Diff(nil)
	s.must(err)
	s.mustBe(diff.GetChanges() == pulumirpc.DiffResponse_DIFF_NONE, true)

	now = now.AddDate(0, 1, 15)
	diff, err = s.secrets.Diff(nil)
	s.must(err)
	s.mustBe(diff.GetDiffs(), []string{"clientConfiguration"})
	s.must(s.secrets.Up(nil))
	after := providertest.Plain(s.secrets.Outputs)
	s.mustBe(after["machineSecrets"], before["machineSecrets"])
	renewed := parse(t, after["clientConfiguration"].(values)["clientCertificate"])
	if !renewed.NotAfter.After(now.AddDate(0, 11, 0)) {
		t.Errorf("renewed only until %s", renewed.NotAfter)
	}
}

func TestSecretsAreImportedFromAFile(t *testing.T) {
	s := newStack(t)
	bundle, err := toBundle(plainFields(s.secrets.Outputs, "machineSecrets"), time.Now())
	s.must(err)
	file := filepath.Join(t.TempDir(), "secrets.yaml")
	content, err := yaml.Marshal((*secrets.Bundle)(bundle))
	s.must(err)
	s.must(os.WriteFile(file, content, 0o600))

	imported := s.engine.Resource(secretsToken)
	s.must(imported.Import(file))
	s.mustBe(providertest.Plain(imported.Outputs)["machineSecrets"], providertest.Plain(s.secrets.Outputs)["machineSecrets"])
	s.mustBe(providertest.Plain(imported.Inputs), values{"talosVersion": "v1.3"})
	s.must(imported.Up(values{"talosVersion": "v1.13"}))
	s.mustFail(s.engine.Resource(secretsToken).Import("/no/such/file"), "the id being the path of a secrets file")
}

func TestConfigurationIsMadeOfTheSecretsAndPatches(t *testing.T) {
	s := newStack(t)
	certs := providertest.Plain(s.secrets.Outputs)["machineSecrets"].(values)["certs"].(values)
	patch := `{"machine":{"install":{"disk":"/dev/vda"}},"cluster":{"network":{"cni":{"name":"none"}}}}`
	made := s.config(values{"configPatches": []any{patch}})
	s.mustBe(made["id"], "berlin")

	config, err := configloader.NewFromBytes([]byte(made["machineConfiguration"].(string)))
	s.must(err)
	s.mustBe(config.Machine().Install().Disk() == "/dev/vda", true)
	s.mustBe(config.Cluster().Network().CNI().Name(), "none")
	s.mustBe(config.Cluster().Endpoint().String(), "https://192.0.2.1:6443")
	s.mustBe(base64.StdEncoding.EncodeToString(config.Cluster().IssuingCA().Key), certs["k8s"].(values)["key"])
	s.mustBe(strings.Contains(config.Machine().Kubelet().Image(), "v1.34.4"), true)
	s.mustBe(s.config(values{"configPatches": []any{patch}})["machineConfiguration"], made["machineConfiguration"])

	worker := s.config(values{"machineType": "worker"})["machineConfiguration"].(string)
	if strings.Contains(worker, certs["os"].(values)["key"].(string)) {
		t.Error("a worker has the key of the authority")
	}
	if _, err := configloader.NewFromBytes([]byte(worker)); err != nil {
		t.Error(err)
	}
}

func TestConfigurationRefusesWhatIsWrong(t *testing.T) {
	s := newStack(t)
	for name, wrong := range map[string]struct {
		args  values
		error string
	}{
		"an endpoint without scheme":  {values{"clusterEndpoint": "192.0.2.1"}, `try https://192.0.2.1:6443`},
		"an endpoint with port only":  {values{"clusterEndpoint": "example.com:6443"}, `try https://example.com:6443`},
		"an endpoint over http":       {values{"clusterEndpoint": "http://192.0.2.1:6443"}, `scheme https; try https://192.0.2.1:6443`},
		"a type that does not exist":  {values{"machineType": "init"}, `machineType: "init" — must be one of controlplane, worker`},
		"a patch of an unknown field": {values{"configPatches": []any{`{"machine":{"instal":{}}}`}}, `configPatches: cannot be read.*instal`},
		"a patch that is no list":     {values{"configPatches": "{}"}, `configPatches: a string — must be a list of strings`},
		"a version":                   {values{"talosVersion": "one"}, `talosVersion: "one"`},
		"secrets in part":             {values{"machineSecrets": values{"cluster": values{"id": "x"}}}, `machineSecrets.certs: missing`},
	} {
		t.Run(name, func(t *testing.T) {
			args := values{
				"clusterName": "berlin", "clusterEndpoint": "https://192.0.2.1:6443", "machineType": "controlplane",
				"machineSecrets": s.secrets.Outputs["machineSecrets"],
			}
			for key, value := range wrong.args {
				args[key] = value
			}
			_, err := s.engine.Invoke("talos:machine/getConfiguration:getConfiguration", args)
			stack{T: t}.mustFail(err, wrong.error)
		})
	}
}

func TestTalosconfigHasOneContext(t *testing.T) {
	s := newStack(t)
	made, err := s.engine.Invoke("talos:client/getConfiguration:getConfiguration", values{
		"clusterName": "berlin", "clientConfiguration": s.client(), "endpoints": []any{"192.0.2.1"}, "nodes": []any{"192.0.2.2"},
	})
	s.must(err)
	var config struct {
		Context  string
		Contexts map[string]struct{ Endpoints, Nodes []string }
	}
	s.must(yaml.Unmarshal([]byte(made["talosConfig"].StringValue()), &config))
	s.mustBe(config.Context, "berlin")
	s.mustBe(config.Contexts["berlin"].Endpoints, []string{"192.0.2.1"})
	s.mustBe(config.Contexts["berlin"].Nodes, []string{"192.0.2.2"})
}

func TestAMachineIsConfiguredBootstrappedAndGivesAKubeconfig(t *testing.T) {
	s := newStack(t)
	machine := newFakeMachine(t)
	apply, boot, kube := s.engine.Resource(applyToken), s.engine.Resource(bootstrapToken), s.engine.Resource(kubeconfigToken)
	input := s.config(nil)["machineConfiguration"]

	s.must(apply.Up(s.target(machine, values{"machineConfigurationInput": input})))
	s.mustBe(machine.seen(), []string{"Disks", "ApplyConfiguration AUTO"})
	s.mustBe(apply.ID, "machine_configuration_apply")

	// from now on the machine asks for a certificate: the probe without one never arrives
	machine.busy = 2
	s.must(boot.Up(s.target(machine, nil)))
	s.mustBe(machine.seen(), []string{
		"Bootstrap with certificate", "Bootstrap with certificate", "Bootstrap with certificate",
	})
	s.mustBe(boot.ID, "machine_bootstrap")

	s.must(kube.Up(s.target(machine, nil)))
	s.mustBe(machine.seen(), []string{"Kubeconfig with certificate"})
	s.mustBe(kube.ID, "berlin")
	outputs := providertest.Plain(kube.Outputs)
	s.mustBe(outputs["kubernetesClientConfiguration"].(values)["host"], "https://192.0.2.1:6443")
	s.mustBe(outputs["certificateRenewalDuration"], "720h")
	certs := providertest.Plain(s.secrets.Outputs)["machineSecrets"].(values)["certs"].(values)
	s.mustBe(outputs["kubernetesClientConfiguration"].(values)["caCertificate"], certs["k8s"].(values)["cert"])
	secret := providertest.Secrets(kube.Outputs)
	slices.Sort(secret)
	s.mustBe(secret, []string{"clientConfiguration.clientKey", "kubeconfigRaw", "kubernetesClientConfiguration.clientKey"})
}

func TestApplyHappensAgainExactlyWhenSomethingChanges(t *testing.T) {
	s := newStack(t)
	machine := newFakeMachine(t)
	apply := s.engine.Resource(applyToken)
	args := func(patch string) values {
		return s.target(machine, values{
			"machineConfigurationInput": s.config(nil)["machineConfiguration"], "configPatches": []any{patch},
		})
	}
	s.must(apply.Up(args(`{"machine":{"sysctls":{"a":"1"}}}`)))
	s.must(apply.Up(args(`{"machine":{"sysctls":{"a":"1"}}}`)))
	s.mustBe(len(machine.applied), 1)

	diff, err := apply.Diff(args(`{"machine":{"sysctls":{"a":"2"}}}`))
	s.must(err)
	s.mustBe(diff.GetDiffs(), []string{"configPatches", "machineConfiguration", "machineConfigurationHash"})
	s.mustBe(len(diff.GetReplaces()), 0)
	s.must(apply.Up(args(`{"machine":{"sysctls":{"a":"2"}}}`)))
	s.mustBe(len(machine.applied), 2)

	outputs := providertest.Plain(apply.Outputs)
	s.mustBe(outputs["machineConfiguration"], machine.applied[1])
	s.mustBe(strings.Contains(machine.applied[1], `a: "2"`), true)
	s.mustBe(len(outputs["machineConfigurationHash"].(string)), 64)
	s.mustBe(outputs["applyMode"], "auto")
	s.mustBe(outputs["resolvedApplyMode"], "auto")
	secret := providertest.Secrets(apply.Outputs)
	slices.Sort(secret)
	s.mustBe(secret, []string{"clientConfiguration.clientKey", "machineConfiguration", "machineConfigurationInput"})

	refreshed, err := apply.Refresh()
	s.must(err)
	s.mustBe(refreshed.DeepEquals(apply.Outputs), true)
}

func TestApplyInAPreview(t *testing.T) {
	s := newStack(t)
	machine := newFakeMachine(t)
	apply := s.engine.Resource(applyToken)
	unknown := resource.MakeComputed(resource.NewProperty(""))

	preview, err := apply.Preview(s.target(machine, values{"machineConfigurationInput": unknown}))
	s.must(err)
	s.mustBe(preview["machineConfiguration"].IsSecret() && preview["machineConfiguration"].SecretValue().Element.IsComputed(), true)
	s.mustBe(preview["machineConfigurationHash"].IsComputed(), true)

	known := s.target(machine, values{"machineConfigurationInput": s.config(nil)["machineConfiguration"]})
	preview, err = apply.Preview(known)
	s.must(err)
	s.mustBe(preview["machineConfiguration"].SecretValue().Element.IsString(), true)
	s.mustBe(len(machine.seen()), 0)

	known["configPatches"] = []any{"{\"machine\":{\"nope\":1}}"}
	_, err = apply.Preview(known)
	s.mustFail(err, "configPatches: .*nope")

	withoutEndpoint := s.target(machine, values{"machineConfigurationInput": unknown})
	delete(withoutEndpoint, "endpoint")
	preview, err = apply.Preview(withoutEndpoint)
	s.must(err)
	s.mustBe(preview["endpoint"].StringValue(), "127.0.0.1")
	withoutEndpoint["node"] = unknown
	preview, err = apply.Preview(withoutEndpoint)
	s.must(err)
	s.mustBe(preview["endpoint"].IsComputed(), true)
}

func TestApplyIsChecked(t *testing.T) {
	s := newStack(t)
	whole := values{"node": "192.0.2.1", "clientConfiguration": s.client(), "machineConfigurationInput": "version: v1alpha1"}
	for name, wrong := range map[string]struct {
		key   string
		value any
		error string
	}{
		"no node":             {"node", nil, `node: missing — must be given`},
		"no configuration":    {"machineConfigurationInput", nil, `neither is given — exactly one of machineConfigurationInput and`},
		"two configurations":  {"machineConfigurationInputWo", "x", `both are given`},
		"no credentials":      {"clientConfiguration", nil, `neither is given — exactly one of clientConfiguration and`},
		"half credentials":    {"clientConfiguration", values{"caCertificate": "x"}, `clientConfiguration.clientKey: missing`},
		"a mode of the past":  {"applyMode", "try", `applyMode: "try" — must be one of auto, reboot,`},
		"a number for a node": {"node", 7.0, `node: a number — must be a string`},
		"a text for a flag":   {"onDestroy", values{"reset": "yes"}, `onDestroy.reset: a string — must be a boolean`},
	} {
		t.Run(name, func(t *testing.T) {
			args := values{}
			for key, value := range whole {
				args[key] = value
			}
			args[wrong.key] = wrong.value
			_, err := s.engine.Resource(applyToken).Check(args)
			stack{T: t}.mustFail(err, wrong.error)
		})
	}
}

func TestWhatTheMachineCallsInvalidIsFinal(t *testing.T) {
	s := newStack(t)
	machine := newFakeMachine(t)
	machine.refuse = status.Error(codes.InvalidArgument, "install disk is gone")
	args := s.target(machine, values{"machineConfigurationInput": s.config(nil)["machineConfiguration"]})
	s.mustFail(s.engine.Resource(applyToken).Up(args), "apply configuration to 127.0.0.1: .*install disk is gone")
	s.mustBe(machine.seen(), []string{"Disks", "ApplyConfiguration AUTO"})
}

func TestEverythingElseIsTriedUntilTheTimeout(t *testing.T) {
	s := newStack(t)
	machine := newFakeMachine(t)
	machine.refuse = status.Error(codes.AlreadyExists, "etcd data directory is not empty")
	started := time.Now()
	err := s.engine.Resource(bootstrapToken).Up(s.target(machine, values{"timeouts": values{"create": "300ms"}}))
	s.mustFail(err, "bootstrap 127.0.0.1: gave up after 300ms: .*etcd data directory is not empty")
	if took := time.Since(started); took < 300*time.Millisecond || took > 5*time.Second {
		t.Errorf("gave up after %s", took)
	}
	if calls := machine.seen(); len(calls) < 6 {
		t.Errorf("tried only %v", calls)
	}
	s.mustFail(s.engine.Resource(bootstrapToken).Up(s.target(machine, values{"timeouts": values{"create": "soon"}})),
		`timeouts.create: "soon" — must be a duration`)
}

func TestCancellationEndsTheWait(t *testing.T) {
	s := newStack(t)
	machine := newFakeMachine(t)
	machine.refuse = status.Error(codes.Unavailable, "rebooting")
	done := make(chan error)
	go func() { done <- s.engine.Resource(bootstrapToken).Up(s.target(machine, nil)) }()
	// the second attempt shows that the answer to the first one has arrived
	for attempts := 0; attempts < 2; time.Sleep(time.Millisecond) {
		for _, call := range machine.seen() {
			if call == "Bootstrap" {
				attempts++
			}
		}
	}
	s.must(s.engine.Cancel())
	s.mustFail(<-done, "cancelled by the engine; last answer: .*rebooting")
}

func TestStagedIfNeedingRebootAsksTheMachine(t *testing.T) {
	s := newStack(t)
	machine := newFakeMachine(t)
	args := s.target(machine, values{
		"machineConfigurationInput": s.config(nil)["machineConfiguration"], "applyMode": "staged_if_needing_reboot",
	})
	machine.needBoot = true
	staged := s.engine.Resource(applyToken)
	s.must(staged.Up(args))
	s.mustBe(machine.seen(), []string{"Disks", "ApplyConfiguration AUTO dry", "Disks", "ApplyConfiguration STAGED"})
	s.mustBe(staged.Outputs["resolvedApplyMode"].StringValue(), "staged")

	machine.needBoot = false
	s.must(s.engine.Resource(applyToken).Up(args))
	s.mustBe(machine.modes, []string{"STAGED", "AUTO"})

	machine.refuse = status.Error(codes.Unavailable, "gone")
	preview, err := s.engine.Resource(applyToken).Preview(args)
	s.must(err)
	s.mustBe(preview["resolvedApplyMode"].StringValue(), "auto")
}

func TestWriteOnlyInputsAreUsedAndNotKept(t *testing.T) {
	s := newStack(t)
	machine := newFakeMachine(t)
	apply := s.engine.Resource(applyToken)
	args := s.target(machine, values{
		"clientConfiguration": nil, "clientConfigurationWo": s.client(),
		"machineConfigurationInputWo": s.config(nil)["machineConfiguration"],
	})
	s.must(apply.Up(args))
	s.mustBe(len(machine.applied), 1)
	for _, key := range []resource.PropertyKey{"clientConfigurationWo", "machineConfigurationInputWo", "machineConfiguration"} {
		if value, ok := apply.Outputs[key]; ok && !value.IsNull() {
			t.Errorf("%s is in the state", key)
		}
	}
	s.must(apply.Up(args))
	s.mustBe(len(machine.applied), 1)
}

func TestDeletingResetsOnlyAMachineThatWasToldSo(t *testing.T) {
	s := newStack(t)
	machine := newFakeMachine(t)
	args := s.target(machine, values{"machineConfigurationInput": s.config(nil)["machineConfiguration"]})
	kept := s.engine.Resource(applyToken)
	s.must(kept.Up(args))
	machine.seen()
	s.must(kept.Delete())
	s.mustBe(len(machine.seen()), 0)

	args["onDestroy"] = values{"reset": true}
	args["timeouts"] = values{"delete": "20s"}
	s.must(kept.Up(args))
	s.mustBe(providertest.Plain(kept.Outputs)["onDestroy"], values{"reset": true, "graceful": true, "reboot": false})
	machine.seen()
	s.must(kept.Delete())
	// the stream of events is opened beside the reset: which of the two reaches the machine first is not said
	resets := slices.DeleteFunc(machine.seen(), func(call string) bool { return !strings.HasPrefix(call, "Reset") })
	s.mustBe(resets, []string{"Reset graceful=true reboot=false STATE:true EPHEMERAL:true with certificate"})
}

func TestBootstrapIsImportedWithAnyIDAndThenOnlyNoted(t *testing.T) {
	s := newStack(t)
	machine := newFakeMachine(t)
	boot := s.engine.Resource(bootstrapToken)
	s.must(boot.Import("whatever"))
	s.mustBe(boot.ID, "machine_bootstrap")
	s.must(boot.Up(s.target(machine, nil)))
	s.mustBe(len(machine.seen()), 0)
	s.mustBe(boot.Outputs["node"].StringValue(), "127.0.0.1")
	s.must(boot.Delete())
	s.mustFail(s.engine.Resource(kubeconfigToken).Import("x"), "cannot be imported")
}

func TestKubeconfigIsFetchedAgainNearItsEndOnly(t *testing.T) {
	s := newStack(t)
	machine := newFakeMachine(t)
	s.must(s.engine.Resource(applyToken).Up(s.target(machine, values{"machineConfigurationInput": s.config(nil)["machineConfiguration"]})))
	kube := s.engine.Resource(kubeconfigToken)
	machine.certEnd = time.Now().Add(100 * time.Hour)
	s.must(kube.Up(s.target(machine, values{"certificateRenewalDuration": "99h"})))
	machine.seen()

	// another machine of the cluster: noted, but what is valid stays
	s.must(kube.Up(s.target(machine, values{"certificateRenewalDuration": "99h", "node": "127.0.0.2"})))
	s.mustBe(len(machine.seen()), 0)
	preview, err := kube.Preview(s.target(machine, values{"certificateRenewalDuration": "98h", "node": "127.0.0.2"}))
	s.must(err)
	s.mustBe(preview["kubeconfigRaw"].SecretValue().Element.IsString(), true)

	diff, err := kube.Diff(s.target(machine, values{"certificateRenewalDuration": "101h", "node": "127.0.0.2"}))
	s.must(err)
	s.mustBe(diff.GetDiffs(), []string{"certificateRenewalDuration", "kubeconfigRaw", "kubernetesClientConfiguration"})
	machine.certEnd = time.Now().AddDate(1, 0, 0)
	s.must(kube.Up(s.target(machine, values{"certificateRenewalDuration": "101h", "node": "127.0.0.2"})))
	s.mustBe(machine.seen(), []string{"Kubeconfig with certificate"})
	_, err = kube.Check(s.target(machine, values{"certificateRenewalDuration": "a month"}))
	s.mustFail(err, `certificateRenewalDuration: "a month" — must be a duration`)
}

func TestSecretInputsOfTheProgramStaySecret(t *testing.T) {
	s := newStack(t)
	machine := newFakeMachine(t)
	apply := s.engine.Resource(applyToken)
	s.must(apply.Up(s.target(machine, values{
		"machineConfigurationInput": s.config(nil)["machineConfiguration"],
		"configPatches":             []any{resource.MakeSecret(resource.NewProperty(`{"machine":{"sysctls":{"a":"1"}}}`))},
	})))
	if !slices.Contains(providertest.Secrets(apply.Outputs), "configPatches.0") {
		t.Errorf("secret: %v", providertest.Secrets(apply.Outputs))
	}
}

func parse(t *testing.T, encoded any) *stdx509.Certificate {
	t.Helper()
	decoded, err := base64.StdEncoding.DecodeString(encoded.(string))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(decoded)
	certificate, err := stdx509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func plainFields(values resource.PropertyMap, key resource.PropertyKey) resource.PropertyMap {
	return providertest.Properties(providertest.Plain(values)[string(key)].(map[string]any))
}

// certificateUntil makes some certificate that ends at the given time, in PEM.
func certificateUntil(end time.Time) []byte {
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	template := &stdx509.Certificate{SerialNumber: big.NewInt(3), NotBefore: end.AddDate(-1, 0, 0), NotAfter: end}
	der, _ := stdx509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
