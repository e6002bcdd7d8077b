package process

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func supervisor(t *testing.T, dir string) *Supervisor {
	t.Helper()
	s, err := New(dir, quiet)
	if err != nil {
		t.Fatal(err)
	}
	s.grace = 500 * time.Millisecond
	t.Cleanup(s.StopAll)
	return s
}

func shell(name, script string) Spec {
	return Spec{Name: name, Path: "/bin/sh", Args: []string{"-c", script}}
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestStartReturnsWhenReady(t *testing.T) {
	dir := t.TempDir()
	s := supervisor(t, dir)
	flag := filepath.Join(dir, "flag")
	spec := shell("slow", "sleep 0.3; touch "+flag+"; exec sleep 60")
	spec.Ready = func(context.Context) error { _, err := os.Stat(flag); return err }
	if err := s.Start(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(flag); err != nil {
		t.Fatal("returned before it was ready")
	}
	if got := s.List(); len(got) != 1 || got[0].State != StateRunning || got[0].PID == 0 {
		t.Fatalf("list: %+v", got)
	}
	if err := s.Start(t.Context(), spec); err == nil || !strings.Contains(err.Error(), "already started") {
		t.Fatalf("a second start: %v", err)
	}
}

func TestStartTellsTheLastWordsOfWhatEnded(t *testing.T) {
	s := supervisor(t, t.TempDir())
	spec := shell("broken", "echo no such cluster >&2; exit 3")
	spec.Ready = func(context.Context) error { return errors.New("not yet") }
	err := s.Start(t.Context(), spec)
	if err == nil || !strings.Contains(err.Error(), "no such cluster") || !strings.Contains(err.Error(), "broken") {
		t.Fatalf("error: %v", err)
	}
	if len(s.List()) != 0 {
		t.Fatal("still listed")
	}
}

func TestStartGivesUpWithItsContext(t *testing.T) {
	s := supervisor(t, t.TempDir())
	spec := shell("never", "exec sleep 60")
	spec.Ready = func(context.Context) error { return errors.New("not yet") }
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := s.Start(ctx, spec); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error: %v", err)
	}
}

func TestEndedProcessIsStartedAgain(t *testing.T) {
	dir := t.TempDir()
	s := supervisor(t, dir)
	spec := shell("weak", "echo run >> "+filepath.Join(dir, "runs")+"; sleep 0.05")
	spec.Restart = true
	if err := s.Start(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	eventually(t, "two restarts", func() bool {
		data, _ := os.ReadFile(filepath.Join(dir, "runs"))
		return strings.Count(string(data), "run") >= 3 && s.List()[0].Restarts >= 2
	})
	if err := s.Stop("weak"); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(filepath.Join(dir, "runs"))
	time.Sleep(600 * time.Millisecond)
	after, _ := os.ReadFile(filepath.Join(dir, "runs"))
	if len(before) != len(after) {
		t.Fatal("started again after it was stopped")
	}
}

func TestStopKillsWhatDoesNotListen(t *testing.T) {
	dir := t.TempDir()
	s := supervisor(t, dir)
	deaf := filepath.Join(dir, "deaf")
	spec := shell("deaf", "trap '' TERM; touch "+deaf+"; while true; do sleep 0.05; done")
	spec.Ready = func(context.Context) error { _, err := os.Stat(deaf); return err }
	if err := s.Start(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	pid := s.List()[0].PID
	if err := s.Stop("deaf"); err != nil {
		t.Fatal(err)
	}
	if StartTime(pid) != "" {
		t.Fatal("still runs")
	}
}

func TestStopAllEndsTheYoungestFirst(t *testing.T) {
	dir := t.TempDir()
	s := supervisor(t, dir)
	order := filepath.Join(dir, "order")
	for _, name := range []string{"first", "second", "third"} {
		up := filepath.Join(dir, name)
		spec := shell(name, "trap 'echo "+name+" >> "+order+"; exit 0' TERM; touch "+up+"; while true; do sleep 0.01; done")
		spec.Ready = func(context.Context) error { _, err := os.Stat(up); return err }
		if err := s.Start(t.Context(), spec); err != nil {
			t.Fatal(err)
		}
	}
	s.StopAll()
	data, _ := os.ReadFile(order)
	if string(data) != "third\nsecond\nfirst\n" {
		t.Fatalf("order: %q", data)
	}
	if err := s.Start(t.Context(), shell("late", "true")); err == nil {
		t.Fatal("started while stopping")
	}
}

// leftover writes the record of a process as a killed daemon leaves it.
func leftover(t *testing.T, dir string, pid int, startTime string) string {
	t.Helper()
	records := filepath.Join(dir, "processes")
	if err := os.MkdirAll(records, 0o700); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(record{Name: "left", PID: pid, StartTime: startTime, Started: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(records, "left.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func sleeper(t *testing.T) (*exec.Cmd, <-chan struct{}) {
	t.Helper()
	cmd := exec.Command("sleep", "60")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	return cmd, ended
}

func TestLeftoversOfAKilledDaemonAreEnded(t *testing.T) {
	dir := t.TempDir()
	cmd, ended := sleeper(t)
	file := leftover(t, dir, cmd.Process.Pid, StartTime(cmd.Process.Pid))
	supervisor(t, dir)
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("still runs")
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("record stays")
	}
}

func TestAnotherProcessWithTheSameIDIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	cmd, ended := sleeper(t)
	leftover(t, dir, cmd.Process.Pid, "1")
	supervisor(t, dir)
	select {
	case <-ended:
		t.Fatal("an unrelated process was ended")
	case <-time.After(200 * time.Millisecond):
	}
}
