package provider

import (
	"context"
	"fmt"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// engineLog sends messages to the engine, which shows them to the user.
type engineLog struct {
	mu     sync.Mutex
	conn   *grpc.ClientConn
	engine pulumirpc.EngineClient
}

func newEngineLog(address string) *engineLog {
	log := &engineLog{}
	log.connect(address)
	return log
}

func (l *engineLog) connect(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if address == "" || l.conn != nil {
		return
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		// messages are a courtesy: without them everything else still works
		return
	}
	l.conn, l.engine = conn, pulumirpc.NewEngineClient(conn)
}

func (l *engineLog) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		return nil
	}
	if err := l.conn.Close(); err != nil {
		return fmt.Errorf("close connection to the engine: %w", err)
	}
	return nil
}

func (l *engineLog) send(ctx context.Context, urn resource.URN, severity pulumirpc.LogSeverity, text string, status bool) {
	l.mu.Lock()
	engine := l.engine
	l.mu.Unlock()
	if engine == nil {
		return
	}
	// an engine that has ended is noticed where its answer is needed, not here
	_, _ = engine.Log(ctx, &pulumirpc.LogRequest{
		Severity: severity, Message: text, Urn: string(urn), Ephemeral: status,
	})
}

type logKey struct{}

type resourceLog struct {
	log *engineLog
	urn resource.URN
}

func withLog(ctx context.Context, log *engineLog, urn resource.URN) context.Context {
	return context.WithValue(ctx, logKey{}, resourceLog{log: log, urn: urn})
}

// Warn shows a warning at the resource or function the context belongs to.
func Warn(ctx context.Context, format string, args ...any) {
	if to, ok := ctx.Value(logKey{}).(resourceLog); ok {
		to.log.send(ctx, to.urn, pulumirpc.LogSeverity_WARNING, fmt.Sprintf(format, args...), false)
	}
}

// Status shows a passing message beside the resource while it is worked on.
func Status(ctx context.Context, text string) {
	if to, ok := ctx.Value(logKey{}).(resourceLog); ok {
		to.log.send(ctx, to.urn, pulumirpc.LogSeverity_INFO, text, true)
	}
}
