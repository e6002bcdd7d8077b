package autoscaler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/tools/record"
)

const leaseName = "cluster-autoscaler"

// scaler is what is kept from scan to scan: with the process it is lost, as in the real one.
type scaler struct {
	options Options
	clients *clients
	events  record.EventRecorder
	log     *slog.Logger
	drains  *drains

	unneededSince map[string]time.Time
	// backoff is until when a group is left alone.
	backoff        map[string]time.Time
	lastUp         time.Time
	waiting        int
	candidateCount int
}

func newScaler(options Options, clients *clients, events record.EventRecorder, log *slog.Logger) *scaler {
	return &scaler{
		options: options, clients: clients, events: events, log: log,
		drains:        &drains{groups: map[string]string{}, pods: map[string]bool{}},
		unneededSince: map[string]time.Time{}, backoff: map[string]time.Time{},
	}
}

func (s *scaler) backedOff(g *group, now time.Time) bool { return now.Before(s.backoff[g.id()]) }

// scan looks once and acts.
func (s *scaler) scan(ctx context.Context, now time.Time) error {
	w, err := s.clients.look(ctx, s.options.Discovery)
	if err != nil {
		return err
	}
	w.startup = s.options.StartupTaints
	if w.healthy() {
		s.neverCame(ctx, w, now)
		grown, err := s.scaleUp(ctx, w, now)
		if err != nil {
			return err
		}
		// the real one does not look for nodes to take away in a scan that adds some
		if !grown {
			s.scaleDown(ctx, w, now)
		}
	}
	return s.clients.report(ctx, s.options.Namespace, s.status(w, now))
}

// tidy lets nodes be used again that an earlier process was about to take away.
func (s *scaler) tidy(ctx context.Context) error {
	nodes, err := s.clients.workload.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for i := range nodes.Items {
		if hasTaint(&nodes.Items[i], toBeDeletedTaint) {
			if err := s.clients.doom(ctx, nodes.Items[i].Name, false, s.options.Cordon); err != nil {
				return err
			}
		}
	}
	return nil
}

// Run scans until it is told to stop.
func Run(ctx context.Context, options Options, log *slog.Logger) error {
	clients, management, err := connect(options)
	if err != nil {
		return err
	}
	if err := clients.settle(ctx, options, management); err != nil {
		return err
	}
	broadcaster := record.NewBroadcaster()
	defer broadcaster.Shutdown()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: clients.workload.CoreV1().Events("")})
	s := newScaler(options, clients, broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "cluster-autoscaler"}), log)

	// since when no scan has succeeded, in Unix seconds
	var last atomic.Int64
	last.Store(time.Now().Unix())
	server := &http.Server{Addr: options.Address, Handler: health(&last), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	defer server.Close()

	work, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		defer stop()
		s.lead(work, &last)
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("--address=%s: %w", options.Address, err)
	case <-work.Done():
	}
	s.drains.done.Wait()
	if ctx.Err() == nil {
		return errors.New("lost the lease")
	}
	return nil
}

// lead scans while this process has the lease, and ends with it.
func (s *scaler) lead(ctx context.Context, last *atomic.Int64) {
	if !s.options.LeaderElect {
		s.loop(ctx, last)
		return
	}
	host, _ := os.Hostname()
	leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: s.options.Namespace, Name: leaseName},
			Client:     s.clients.workload.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: fmt.Sprintf("%s-%d", host, os.Getpid())},
		},
		ReleaseOnCancel: true, LeaseDuration: 15 * time.Second, RenewDeadline: 10 * time.Second, RetryPeriod: 2 * time.Second,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(ctx context.Context) { s.loop(ctx, last) },
			OnStoppedLeading: func() {},
		},
	})
}

func (s *scaler) loop(ctx context.Context, last *atomic.Int64) {
	tidied := false
	for ctx.Err() == nil {
		var err error
		if !tidied {
			err = s.tidy(ctx)
			tidied = err == nil
		}
		if err == nil {
			err = s.scan(ctx, time.Now())
		}
		if err != nil {
			s.log.Warn("a scan failed", "error", err)
		} else {
			last.Store(time.Now().Unix())
		}
		_ = pause(ctx, s.options.ScanInterval)
	}
}

// health answers as the real one: it fails when no scan has succeeded for a quarter of an hour.
func health(last *atomic.Int64) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/health-check", func(w http.ResponseWriter, _ *http.Request) {
		if since := time.Since(time.Unix(last.Load(), 0)); since > 15*time.Minute {
			http.Error(w, fmt.Sprintf("no scan has succeeded for %s", since.Round(time.Second)), http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, "OK")
	})
	return mux
}
