package talos

import (
	"fmt"
	"sync"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/grpc"
)

const mostLines = 500

// kernelLog is what a machine says on its console since it booted.
type kernelLog struct {
	mu    sync.Mutex
	lines []string
}

func (l *kernelLog) add(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf("user: warning: [%s]: [talos] %s", time.Now().UTC().Format(time.RFC3339), text))
	if over := len(l.lines) - mostLines; over > 0 {
		l.lines = l.lines[over:]
	}
}

func (l *kernelLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = nil
}

func (l *kernelLog) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.lines...)
}

// complain writes down that a controller of the machine failed, in Talos' form.
func (m *Machine) complain(controller, text string) {
	m.log.Warn("controller failed", "controller", controller, "error", text)
	m.console.add(fmt.Sprintf("controller failed {\"component\": \"controller-runtime\", \"controller\": %q, \"error\": %q}", controller, text))
}

// Dmesg streams the console; following it is left out.
func (s *machineService) Dmesg(_ *machineapi.DmesgRequest, stream grpc.ServerStreamingServer[common.Data]) error {
	for _, line := range target(stream.Context(), s.self).console.all() {
		if err := stream.Send(&common.Data{Bytes: []byte(line + "\n")}); err != nil {
			return err
		}
	}
	return nil
}
