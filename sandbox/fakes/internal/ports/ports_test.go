package ports

import (
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestPortsStayTheSameOverRestarts(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, 40000, 40099)
	first, err := a.Port("api")
	if err != nil {
		t.Fatal(err)
	}
	other, err := a.Port("other")
	if err != nil || other == first {
		t.Fatalf("other: %d %v", other, err)
	}
	b := open(t, dir, 40000, 40099)
	again, err := b.Port("api")
	if err != nil || again != first || b.Block() != a.Block() {
		t.Fatalf("again: %d %v, block %d and %d", again, err, a.Block(), b.Block())
	}
}

// open is Open with a machine on which no other process holds ports.
func open(t *testing.T, dir string, from, to int) *Allocator {
	t.Helper()
	a, err := Open(dir, from, to)
	if err != nil {
		t.Fatal(err)
	}
	a.bindable = func(string, int) bool { return true }
	a.patience = 100 * time.Millisecond
	return a
}

func TestExhaustedRangeSaysSo(t *testing.T) {
	a := open(t, t.TempDir(), 21000, 21009)
	a.bindable = func(_ string, port int) bool { return port != 21003 }
	for i := range 9 {
		if port, err := a.Port(strconv.Itoa(i)); err != nil || port == 21003 {
			t.Fatalf("%d: %d %v", i, port, err)
		}
	}
	_, err := a.Port("x")
	want := `ports 21000-21009: none free for "x" — 9 are given to this sandbox, 1 are held by other programs; `
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Fatalf("got %v", err)
	}
	if err := a.Release("3"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Port("x"); err != nil {
		t.Fatal(err)
	}
}

func TestPortsHeldByOthersAreNotGiven(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	held := listener.Addr().(*net.TCPAddr).Port
	a, err := Open(t.TempDir(), held, held)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Port("x"); err == nil || !strings.Contains(err.Error(), "1 are held by other programs") {
		t.Fatalf("got %v", err)
	}
}

func TestTakenPortOfAnEarlierRunIsAnError(t *testing.T) {
	dir := t.TempDir()
	port, err := open(t, dir, 40000, 40099).Port("api")
	if err != nil {
		t.Fatal(err)
	}
	a := open(t, dir, 40000, 40099)
	a.bindable = func(string, int) bool { return false }
	if _, err := a.Port("api"); err == nil || !strings.Contains(err.Error(), "port "+strconv.Itoa(port)+": held by another program") {
		t.Fatalf("got %v", err)
	}
}

func TestRangeMustBeOne(t *testing.T) {
	if _, err := Open(t.TempDir(), 2000, 1999); err == nil || !strings.Contains(err.Error(), "ports 2000-1999") {
		t.Fatalf("got %v", err)
	}
}
