package talos

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	machinetype "github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	talostime "github.com/siderolabs/talos/pkg/machinery/resources/time"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"k8s.io/client-go/tools/clientcmd"

	"firmament.example/sandbox/fakes/internal/pki"
)

func (b *bench) begin(name string, t Trouble) {
	b.t.Helper()
	t.Name = name
	if err := b.machine("cp-1").Begin(t); err != nil {
		b.t.Fatal(err)
	}
}

// version asks with a deadline of its own.
func version(b *bench, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	_, err := b.admin("cp-1").Version(ctx)
	return err
}

// fresh is a control plane in maintenance mode, and running one that was bootstrapped.
func fresh(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, "cp-1")
	b.awaitStage("cp-1", StageMaintenance)
	return b
}

func running(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, "cp-1")
	b.controlPlanes("cp-1")
	return b
}

func (b *bench) tryApply(patches ...string) error {
	c := b.insecure("cp-1")
	if b.machine("cp-1").Stage() != StageMaintenance {
		c = b.admin("cp-1")
	}
	_, err := c.ApplyConfiguration(b.ctx(), applyRequest(b.config("cp-1", machinetype.TypeControlPlane, patches...)))
	return err
}

// dials expects that connections fail with a text, and work again when the scenario was ended.
func dials(name, text string, code codes.Code) func(*testing.T) {
	return func(t *testing.T) {
		b := running(t)
		b.begin(name, Trouble{Seconds: 300})
		expectCode(t, version(b, time.Second), code, text)
		if b.machine("cp-1").Stage() != StageRunning {
			t.Fatal("the machine itself is disturbed")
		}
		b.machine("cp-1").ClearFaults()
		b.await("connections work again", func() bool { return version(b, time.Second) == nil })
	}
}

func kubeconfigs(name string, check func(text []byte, err error) bool) func(*testing.T) {
	return func(t *testing.T) {
		b := running(t)
		b.begin(name, Trouble{})
		if text, err := b.admin("cp-1").Kubeconfig(b.ctx()); !check(text, err) {
			t.Fatalf("%q %v", text, err)
		}
		b.machine("cp-1").ClearFaults()
		text, err := b.admin("cp-1").Kubeconfig(b.ctx())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := clientcmd.Load(text); err != nil {
			t.Fatal(err)
		}
	}
}

var scenarioTests = map[string]func(*testing.T){
	"connection-refused": func(t *testing.T) {
		b := running(t)
		b.begin("connection-refused", Trouble{Seconds: 1})
		began := time.Now()
		expectCode(t, version(b, 300*time.Millisecond), codes.Unavailable, "connection refused")
		b.await("it is back by itself", func() bool { return version(b, time.Second) == nil })
		if time.Since(began) < 900*time.Millisecond {
			t.Fatal("too early")
		}
	},
	"black-hole":   dials("black-hole", "", codes.DeadlineExceeded),
	wrongCA:        dials(wrongCA, "unknown authority", codes.Unavailable),
	expiredServer:  dials(expiredServer, "expired", codes.Unavailable),
	missingAddress: dials(missingAddress, "doesn't contain any IP SANs", codes.Unavailable),
	"disks-hang": func(t *testing.T) {
		b := fresh(t)
		b.begin("disks-hang", Trouble{})
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err := b.insecure("cp-1").Disks(ctx)
		expectCode(t, err, codes.DeadlineExceeded, "")
		if _, err := b.insecure("cp-1").Disks(b.ctx()); err != nil {
			t.Fatal(err)
		}
	},
	"apply-invalid": func(t *testing.T) {
		b := fresh(t)
		b.begin("apply-invalid", Trouble{})
		expectCode(t, b.tryApply(), codes.InvalidArgument, "")
	},
	"apply-not-yet": func(t *testing.T) {
		b := fresh(t)
		b.begin("apply-not-yet", Trouble{Times: 3})
		for range 3 {
			expectCode(t, b.tryApply(), codes.FailedPrecondition, "another apply configuration")
		}
		if err := b.tryApply(); err != nil {
			t.Fatal(err)
		}
	},
	"apply-internal": func(t *testing.T) {
		b := fresh(t)
		b.begin("apply-internal", Trouble{})
		expectCode(t, b.tryApply(), codes.Internal, "no space left")
		if b.machine("cp-1").snapshot().config != nil {
			t.Fatal("it was taken")
		}
	},
	"apply-lost": func(t *testing.T) {
		b := fresh(t)
		b.begin("apply-lost", Trouble{})
		expectCode(t, b.tryApply(), codes.Unavailable, "")
		b.awaitStage("cp-1", StageBooting)
	},
	"apply-slow": func(t *testing.T) {
		b := fresh(t)
		b.begin("apply-slow", Trouble{Seconds: 1})
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err := b.insecure("cp-1").ApplyConfiguration(ctx, applyRequest(b.config("cp-1", machinetype.TypeControlPlane)))
		expectCode(t, err, codes.DeadlineExceeded, "")
	},
	"apply-restart-before": func(t *testing.T) {
		b := fresh(t)
		boot := b.machine("cp-1").snapshot().kept.BootID
		b.begin("apply-restart-before", Trouble{})
		expectCode(t, b.tryApply(), codes.Unavailable, "")
		b.await("another boot", func() bool { return b.machine("cp-1").snapshot().kept.BootID != boot })
		b.awaitStage("cp-1", StageMaintenance)
		if err := b.tryApply(); err != nil {
			t.Fatal(err)
		}
	},
	"apply-restart-after": func(t *testing.T) {
		b := running(t)
		boot := bootID(t, b, b.admin("cp-1"))
		b.begin("apply-restart-after", Trouble{})
		expectCode(t, b.tryApply("machine: {nodeLabels: {a: b}}"), codes.Unavailable, "")
		b.await("another boot with the configuration", func() bool {
			now := bootID(t, b, b.admin("cp-1"))
			return now != "" && now != boot && b.machine("cp-1").snapshot().config.Machine().NodeLabels()["a"] == "b"
		})
	},
	"apply-warns": func(t *testing.T) {
		b := fresh(t)
		b.begin("apply-warns", Trouble{})
		if reply := b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane), auto); len(reply.GetWarnings()) != 2 {
			t.Fatalf("%v", reply)
		}
	},
	"bootstrap-not-yet": func(t *testing.T) {
		b := fresh(t)
		b.begin("bootstrap-not-yet", Trouble{Seconds: 1})
		if err := b.tryApply(); err != nil {
			t.Fatal(err)
		}
		b.awaitStage("cp-1", StageBooting)
		expectCode(t, b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}), codes.FailedPrecondition, "bootstrap is not available yet")
		b.await("it is taken later", func() bool { return b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}) == nil })
	},
	"bootstrap-exists": func(t *testing.T) {
		b := fresh(t)
		b.begin("bootstrap-exists", Trouble{})
		if err := b.tryApply(); err != nil {
			t.Fatal(err)
		}
		b.awaitStage("cp-1", StageBooting)
		for range 3 {
			expectCode(t, b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}), codes.AlreadyExists, "etcd data directory is not empty")
		}
	},
	"bootstrap-lost": func(t *testing.T) {
		b := fresh(t)
		b.begin("bootstrap-lost", Trouble{})
		if err := b.tryApply(); err != nil {
			t.Fatal(err)
		}
		b.awaitStage("cp-1", StageBooting)
		expectCode(t, b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}), codes.Unavailable, "")
		expectCode(t, b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}), codes.AlreadyExists, "")
		b.awaitStage("cp-1", StageRunning)
	},
	truncatedConfig: kubeconfigs(truncatedConfig, func(_ []byte, err error) bool { return err != nil }),
	emptyConfig:     kubeconfigs(emptyConfig, func(text []byte, err error) bool { return err != nil || len(text) == 0 }),
	wrongConfig: kubeconfigs(wrongConfig, func(text []byte, err error) bool {
		if err != nil {
			return false
		}
		_, err = clientcmd.Load(text)
		return err != nil
	}),
	expiredConfig: kubeconfigs(expiredConfig, func(text []byte, err error) bool {
		if err != nil {
			return false
		}
		config, err := clientcmd.Load(text)
		if err != nil {
			return false
		}
		cert, err := pki.ParseCert(config.AuthInfos["admin@firmament"].ClientCertificateData)
		return err == nil && cert.NotAfter.Before(time.Now())
	}),
	splitMembers: func(t *testing.T) {
		b := newBench(t, "cp-1", "cp-2")
		b.controlPlanes("cp-1", "cp-2")
		b.begin(splitMembers, Trouble{})
		if len(b.etcdMembers("cp-1")) != 1 || len(b.etcdMembers("cp-2")) != 2 {
			t.Fatal("both show the same")
		}
	},
	learnerMember: func(t *testing.T) {
		b := running(t)
		b.begin(learnerMember, Trouble{})
		if !b.etcdMembers("cp-1")[0].GetIsLearner() {
			t.Fatal("it has a vote")
		}
	},
	extraMember: func(t *testing.T) {
		b := running(t)
		b.begin(extraMember, Trouble{})
		if members := b.etcdMembers("cp-1"); len(members) != 2 || members[1].GetPeerUrls()[0] != "https://192.0.2.99:2380" {
			t.Fatalf("%v", members)
		}
	},
	lowMemory: func(t *testing.T) {
		b := running(t)
		b.begin(lowMemory, Trouble{})
		reply, err := b.admin("cp-1").Memory(b.ctx())
		if err != nil || reply.GetMessages()[0].GetMeminfo().GetMemtotal() != 512<<10 {
			t.Fatalf("%v %v", reply, err)
		}
	},
	diagnosed: func(t *testing.T) {
		b := running(t)
		b.begin(diagnosed, Trouble{})
		count := func() int {
			found, err := safe.StateListAll[*runtime.Diagnostic](b.ctx(), b.admin("cp-1").COSI)
			if err != nil {
				t.Fatal(err)
			}
			return found.Len()
		}
		if count() != 1 {
			t.Fatal("nothing is diagnosed")
		}
		b.machine("cp-1").ClearFaults()
		if count() != 0 {
			t.Fatal("it stays")
		}
	},
	resetHangs: func(t *testing.T) {
		b := running(t)
		b.begin(resetHangs, Trouble{})
		stream, err := b.admin("cp-1").Events(b.ctx())
		if err != nil {
			t.Fatal(err)
		}
		if err := b.admin("cp-1").Reset(b.ctx(), false, true); err != nil {
			t.Fatal(err)
		}
		seen := make(chan string, 100)
		go func() {
			for {
				event, err := stream.Recv()
				if err != nil {
					close(seen)
					return
				}
				seen <- string(event.GetData().GetValue())
			}
		}()
		time.Sleep(500 * time.Millisecond)
		if b.machine("cp-1").Stage() != StageResetting {
			t.Fatalf("stage %s", b.machine("cp-1").Stage())
		}
		b.machine("cp-1").ClearFaults()
		b.awaitStage("cp-1", StageMaintenance)
		stopped := false
		for text := range seen {
			stopped = stopped || strings.Contains(text, "stopAllServices")
		}
		if !stopped {
			t.Fatal("no event after the scenario")
		}
	},
	sameBoot: func(t *testing.T) {
		b := running(t)
		boot := bootID(t, b, b.admin("cp-1"))
		b.begin(sameBoot, Trouble{})
		if err := b.admin("cp-1").Reboot(b.ctx()); err != nil {
			t.Fatal(err)
		}
		b.await("it restarts", func() bool { return b.machine("cp-1").Stage() == StageRebooting })
		b.awaitStage("cp-1", StageRunning)
		if bootID(t, b, b.admin("cp-1")) != boot {
			t.Fatal("another id")
		}
	},
	clockNotSynced: func(t *testing.T) {
		b := fresh(t)
		b.begin(clockNotSynced, Trouble{})
		if err := b.tryApply(); err != nil {
			t.Fatal(err)
		}
		b.awaitStage("cp-1", StageBooting)
		expectCode(t, b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}), codes.FailedPrecondition, "time is not in sync yet")
		clock, err := safe.StateGet[*talostime.Status](b.ctx(), b.admin("cp-1").COSI, talostime.NewStatus().Metadata())
		if err != nil || clock.TypedSpec().Synced {
			t.Fatalf("%v %v", clock, err)
		}
		b.machine("cp-1").ClearFaults()
		if err := b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}); err != nil {
			t.Fatal(err)
		}
	},
}

func TestScenarios(t *testing.T) {
	for _, s := range Scenarios() {
		test, ok := scenarioTests[s.Name]
		if !ok {
			t.Errorf("%s: no test", s.Name)
			continue
		}
		t.Run(s.Name, test)
	}
	if len(scenarioTests) != len(Scenarios()) {
		t.Error("a test without a scenario")
	}
	err := running(t).machine("cp-1").Begin(Trouble{Name: "nonsense"})
	if err == nil || !strings.Contains(err.Error(), "apply-lost") || status.Code(err) != codes.Unknown {
		t.Errorf("%v", err)
	}
}

func TestScenariosAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	flat := func(text string) string { return strings.Join(strings.Fields(strings.ReplaceAll(text, "-", "")), " ") }
	if !strings.Contains(flat(string(text)), flat(ScenarioTable())) {
		t.Errorf("sandbox/fakes/README.md lacks this table:\n%s", ScenarioTable())
	}
}
