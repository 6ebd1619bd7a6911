package sts

import (
	"errors"
	"log/slog"
	"time"

	"golang.org/x/time/rate"

	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/shape"
)

// Disbelief is why an identity provider was not believed, or not asked. It is
// for whoever runs the installation: the caller, who may be anybody, learns
// less, and there is no event.
type Disbelief struct {
	Request  string // id
	At       string // operation or page
	Provider string // ARN of a registered provider, or an issuer that is built in; "" when it was not found out
	Reason   string // nothing that a token or an assertion says
}

// What one second may add to the log, and what at once: strangers must not fill
// the disk.
const (
	disbeliefsASecond = 2
	disbeliefsAtOnce  = 20
	maxReason         = 500 // bytes: an issuer's server has a say in some
)

func newDisbeliefs() *rate.Limiter { return rate.NewLimiter(disbeliefsASecond, disbeliefsAtOnce) }

// Disbelieve logs a disbelief, unless there have been many of late.
func (s *Service) Disbelieve(now time.Time, d Disbelief) {
	if !s.disbeliefs.AllowN(now, 1) {
		return
	}
	attrs := []any{slog.String("request", d.Request), slog.String("at", d.At), slog.String("reason", d.Reason[:min(len(d.Reason), maxReason)])}
	if d.Provider != "" {
		attrs = append(attrs, slog.String("provider", d.Provider))
	}
	s.Log.Warn("identity provider not believed", attrs...)
}

// errIssuer is noIssuer without the issuer, which is the token's.
var errIssuer = errors.New("the role's account has no OIDC provider for the issuer of the token")

// ReasonOf is why a proof was refused, without what stands in it.
func ReasonOf(err error) string {
	var e *shape.Error
	switch {
	case !errors.As(err, &e):
		return "failed here"
	case errors.Is(e.Cause, federation.ErrKeys), errors.Is(e.Cause, errIssuer):
		return e.Code + ": " + e.Cause.Error()
	case e.Code == "ExpiredTokenException": // AWS's text has times of the token
		return e.Code
	}
	return e.Code + ": " + e.Message
}
