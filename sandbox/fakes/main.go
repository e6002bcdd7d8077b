// Command sandboxd runs a sandbox: simulated machines, the real control planes they start, and fakes of the
// controllers that need hardware.
//
//	sandboxd --config <stateDir>/daemon.json
//
// It leaves <stateDir>/control.json once it can be talked to (package control) and stays in the foreground. SIGTERM,
// SIGINT and POST /stop end everything it started. A daemon that was killed is continued by the next one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"firmament.example/sandbox/fakes/internal/control"
	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/ports"
	"firmament.example/sandbox/fakes/internal/process"
	"firmament.example/sandbox/fakes/internal/talos"
	"firmament.example/sandbox/fakes/internal/workloads"
)

func main() {
	path := flag.String("config", "", "path of daemon.json")
	verbose := flag.Bool("v", false, "log more")
	flag.Parse()
	level := slog.LevelInfo
	if *verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	if err := run(*path, log); err != nil {
		fmt.Fprintln(os.Stderr, "sandboxd:", err)
		os.Exit(1)
	}
}

func run(path string, log *slog.Logger) error {
	if path == "" {
		return errors.New("--config: none — give the path of daemon.json")
	}
	cfg, err := readConfig(path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(cfg.StateDir, 0o700); err != nil {
		return err
	}
	unlock, err := lock(filepath.Join(cfg.StateDir, "daemon.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	info := filepath.Join(cfg.StateDir, "control.json")
	if err := os.Remove(info); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}

	// From here on a signal ends the daemon in order.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer stop()

	supervisor, err := process.New(cfg.StateDir, log)
	if err != nil {
		return err
	}
	defer supervisor.StopAll()
	allocator, err := ports.Open(cfg.StateDir, cfg.Ports.From, cfg.Ports.To)
	if err != nil {
		return err
	}
	clusters := &controlplane.Registry{}
	deps := controlplane.Deps{Supervisor: supervisor, Ports: allocator, Tools: cfg.Tools, Log: log, Clusters: clusters}
	if cfg.CRDs != "" {
		deps.Processes = workloads.Pattern(workloads.Available(workloads.Programs, cfg.Tools))
	}

	endpointHost := allocator.Address(talos.EndpointAddress)
	endpointPort, err := allocator.PortOn(endpointHost, "endpoint")
	if err != nil {
		return err
	}
	controlPort, err := allocator.Port("control")
	if err != nil {
		return err
	}
	chartPort, err := allocator.Port("charts")
	if err != nil {
		return err
	}
	names, hardware := make([]string, len(cfg.Machines)), map[string]talos.Hardware{}
	for i, m := range cfg.Machines {
		names[i], hardware[m.Name] = m.Name, m.Hardware
	}
	fleet, err := talos.Start(talos.Options{
		StateDir: cfg.StateDir, Machines: names, Ports: allocator, ControlPlane: deps, OnReady: startFakes(cfg, deps), Log: log,
		TalosVersion: cfg.TalosVersion, Schematics: cfg.Schematics, Hardware: hardware,
	})
	if err != nil {
		return err
	}
	defer fleet.Stop()

	asked := make(chan struct{})
	server, err := control.Start(control.Options{
		Fleet: fleet, Supervisor: supervisor, Clusters: clusters, ChartsDir: cfg.Charts, ControlPort: controlPort, ChartPort: chartPort,
		Endpoint: "https://" + net.JoinHostPort(endpointHost, strconv.Itoa(endpointPort)),
		Stop:     func() { close(asked) }, Log: log,
	})
	if err != nil {
		return err
	}
	defer func() {
		server.Close()
		_ = os.Remove(info)
	}()
	if err := server.WriteInfo(info); err != nil {
		return err
	}
	log.Info("sandbox is up", "name", cfg.Name, "machines", len(names))

	select {
	case <-ctx.Done():
	case <-asked:
	}
	log.Info("stopping")
	began := time.Now()
	defer func() { log.Info("stopped", "after", time.Since(began).Round(time.Millisecond)) }()
	// The processes end while the machines and controllers do: those talk to the processes, and would else wait.
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		supervisor.StopAll()
	}()
	fleet.Stop()
	<-ended
	return nil
}

// lock makes sure that one daemon runs per state directory. The kernel gives it back when the process ends.
func lock(path string) (func(), error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	// A predecessor that was asked to stop needs a moment.
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		if time.Now().After(deadline) {
			_ = file.Close()
			return nil, fmt.Errorf("%s: held — another daemon runs for this state directory; stop it first", path)
		}
	}
}
