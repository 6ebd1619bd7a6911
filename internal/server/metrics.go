package server

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/writ-iam/writ/internal/api"
)

// metrics are what an operator watches. No label names a principal, a key or
// an account: their number has no bound.
type metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	refused  *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "writ_calls_total", Help: "Calls answered, by service, operation and error code (empty for success).",
		}, []string{"service", "operation", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "writ_call_seconds", Help: "Time from the head of a request to its answer.",
			Buckets: prometheus.ExponentialBuckets(50e-6, 2, 16),
		}, []string{"service"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "writ_refused_total", Help: "Requests that could not be authenticated, by reason.",
		}, []string{"reason"}),
	}
	m.registry.MustRegister(m.calls, m.seconds, m.refused, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) observe(o api.Observation) {
	m.calls.WithLabelValues(o.Service, o.Operation, o.Code).Inc()
	m.seconds.WithLabelValues(o.Service).Observe(o.Duration.Seconds())
	if o.Refused != "" {
		m.refused.WithLabelValues(o.Refused).Inc()
	}
}
