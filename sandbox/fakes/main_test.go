package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	clientconfig "github.com/siderolabs/talos/pkg/machinery/client/config"
	talosconfig "github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/generate"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	machinetype "github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/role"

	"firmament.example/sandbox/fakes/internal/control"
	"firmament.example/sandbox/fakes/internal/process"
)

// daemon is a sandboxd under test.
type daemon struct {
	t          *testing.T
	executable string
	dir        string
	cmd        *exec.Cmd
	ended      chan error
	output     bytes.Buffer
}

func newDaemon(t *testing.T, tools map[string]string) *daemon {
	t.Helper()
	d := &daemon{t: t, executable: filepath.Join(t.TempDir(), "sandboxd"), dir: t.TempDir()}
	build := exec.Command("go", "build", "-trimpath", "-o", d.executable, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	from := min(listener.Addr().(*net.TCPAddr).Port, 65000)
	_ = listener.Close()
	data, err := json.Marshal(map[string]any{
		"name": "test", "stateDir": d.dir, "tools": tools, "crds": filepath.Join(d.dir, "crds"), "charts": filepath.Join(d.dir, "charts"),
		"ports":    map[string]int{"from": from, "to": from + 200},
		"machines": []map[string]string{{"name": "cp-1"}, {"name": "worker-1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "daemon.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if d.cmd != nil {
			_ = d.cmd.Process.Signal(os.Interrupt)
			<-d.ended
		}
		if t.Failed() {
			t.Logf("output of the daemon:\n%s", d.output.String())
		}
	})
	return d
}

// start starts the daemon and returns when it can be talked to.
func (d *daemon) start() control.Status {
	d.t.Helper()
	d.cmd = exec.Command(d.executable, "--config", filepath.Join(d.dir, "daemon.json"))
	d.cmd.Stderr = &d.output
	d.ended = make(chan error, 1)
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	go func() { d.ended <- d.cmd.Wait() }()
	var status control.Status
	d.await(30*time.Second, "the daemon serves", func() bool {
		info, err := d.info()
		return err == nil && info.PID == d.cmd.Process.Pid && d.get("/status", &status) == nil
	})
	return status
}

// kill ends the daemon without giving it a chance.
func (d *daemon) kill() {
	d.t.Helper()
	if err := d.cmd.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	<-d.ended
	d.cmd = nil
}

func (d *daemon) info() (control.Info, error) {
	var info control.Info
	data, err := os.ReadFile(filepath.Join(d.dir, "control.json"))
	if err == nil {
		err = json.Unmarshal(data, &info)
	}
	return info, err
}

func (d *daemon) request(method, path string) (*http.Response, error) {
	info, err := d.info()
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(d.t.Context(), method, info.URL+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+info.Token)
	return http.DefaultClient.Do(request)
}

func (d *daemon) get(path string, into any) error {
	response, err := d.request(http.MethodGet, path)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

func (d *daemon) await(patience time.Duration, what string, condition func() bool) {
	d.t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

func (d *daemon) awaitNodes(count int) control.Status {
	d.t.Helper()
	var status control.Status
	d.await(3*time.Minute, fmt.Sprintf("%d nodes", count), func() bool {
		return d.get("/status", &status) == nil && len(status.Clusters) == 1 && status.Clusters[0].Nodes == count
	})
	return status
}

func (d *daemon) pids() map[string]string {
	out := map[string]string{}
	files, _ := filepath.Glob(filepath.Join(d.dir, "processes", "*.json"))
	for _, file := range files {
		var record struct {
			PID       int    `json:"pid"`
			StartTime string `json:"startTime"`
		}
		if data, err := os.ReadFile(file); err == nil && json.Unmarshal(data, &record) == nil {
			if process.StartTime(record.PID) == record.StartTime {
				out[filepath.Base(file)] = fmt.Sprint(record.PID)
			}
		}
	}
	return out
}

func TestKilledDaemonIsContinued(t *testing.T) {
	dir := os.Getenv("SANDBOX_TOOLS")
	if dir == "" {
		t.Skip("SANDBOX_TOOLS: not set; name a directory with etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok")
	}
	tools := map[string]string{}
	for _, name := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"} {
		tools[name] = filepath.Join(dir, name)
	}
	d := newDaemon(t, tools)
	first := d.start()

	bundle, err := secrets.NewBundle(secrets.NewFixedClock(time.Now()), talosconfig.TalosVersion1_13)
	if err != nil {
		t.Fatal(err)
	}
	input, err := generate.NewInput("firmament", first.Endpoint, "1.34.4", generate.WithSecretsBundle(bundle), generate.WithVersionContract(talosconfig.TalosVersion1_13), generate.WithInstallDisk("/dev/sda"))
	if err != nil {
		t.Fatal(err)
	}
	for i, kind := range []machinetype.Type{machinetype.TypeControlPlane, machinetype.TypeWorker} {
		provider, err := input.Config(kind)
		if err != nil {
			t.Fatal(err)
		}
		data, err := provider.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		c, err := client.New(t.Context(), client.WithEndpoints(first.Machines[i].Endpoint), client.WithTLSConfig(&tls.Config{InsecureSkipVerify: true}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.ApplyConfiguration(t.Context(), &machineapi.ApplyConfigurationRequest{Data: data, Mode: machineapi.ApplyConfigurationRequest_AUTO}); err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
	}
	d.kill() // while the machines install
	if second := d.start(); second.Endpoint != first.Endpoint || second.Machines[0].Endpoint != first.Machines[0].Endpoint {
		t.Fatalf("addresses changed: %+v and %+v", first, second)
	}

	cert, err := bundle.GenerateTalosAPIClientCertificate(role.MakeSet(role.Admin))
	if err != nil {
		t.Fatal(err)
	}
	admin, err := client.New(t.Context(), client.WithConfig(clientconfig.NewConfig("t", []string{first.Machines[0].Endpoint}, bundle.Certs.OS.Crt, cert)))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	d.await(20*time.Second, "bootstrap is taken", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		return admin.Bootstrap(ctx, &machineapi.BootstrapRequest{}) == nil
	})
	// Somewhere between the first file of etcd and an API server that is ready.
	d.await(20*time.Second, "etcd has data", func() bool {
		_, err := os.Stat(filepath.Join(d.dir, "clusters/firmament/etcd/data/member"))
		return err == nil
	})
	d.kill()
	d.start()
	status := d.awaitNodes(2)
	if len(status.Processes) < 5 {
		t.Fatalf("processes: %+v", status.Processes)
	}

	d.kill()
	d.start()
	d.awaitNodes(2)
	before := d.pids()
	response, err := d.request(http.MethodPost, "/stop")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	began := time.Now()
	if err := <-d.ended; err != nil {
		t.Fatal(err)
	}
	d.cmd = nil
	t.Logf("stopped %d processes in %s", len(before), time.Since(began).Round(time.Millisecond))
	if left := d.pids(); len(before) < 5 || len(left) != 0 {
		t.Fatalf("before %v, left %v", before, left)
	}
	if _, err := d.info(); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("control.json: %v", err)
	}
}

func TestConfigurationFaultsAreToldAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "daemon.json")
	text := `{"name":"x","stateDir":"relative","tools":{"etcd":"/no/such/file"},"ports":{"from":1,"to":2},"machines":[{"name":"A"},{"name":"b"},{"name":"b"}],"charts":"","crds":""}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := readConfig(path)
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{"stateDir:", "tools.etcd:", "machines[0].name:", "machines[2].name: \"b\" — given twice"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
}
