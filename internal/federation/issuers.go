package federation

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4/json"
)

// How long keys of an issuer are used, and how often it is asked.
const (
	keysFresh   = 15 * time.Minute // then they are fetched again
	keysLast    = time.Hour        // and are used no longer when that fails
	askAgain    = 10 * time.Second // an unknown key id, or a failure, makes an issuer be asked no sooner
	askAtMost   = 15 * time.Second // an issuer takes for both documents
	maxIssuers  = 1024
	maxFetching = 16
)

// ErrKeys reports that no keys of the issuer could be had.
var ErrKeys = errors.New("federation: the keys of the issuer could not be fetched")

// Fetch gets a document over HTTPS. thumbprints are those of certificates that
// vouch for the server where no trusted root does.
type Fetch func(ctx context.Context, address string, thumbprints []string) ([]byte, error)

// Issuers keeps the keys of issuers. It is safe for concurrent use.
//
// Keys are kept by issuer and thumbprints: what one account takes for the
// issuer's server is nothing to another account that trusts other certificates.
type Issuers struct {
	fetch   Fetch
	room    chan struct{} // for fetches at a time
	mu      sync.Mutex
	entries map[string]*issuer // guarded by mu
}

// issuer is guarded by the mutex of its Issuers, but for what busy protects.
type issuer struct {
	keys    *KeySet
	fetched time.Time // when keys were
	asked   time.Time // the last time, with or without success
	err     error     // of that time
	busy    chan struct{}
}

// NewIssuers returns an empty store of keys, filled by fetch.
func NewIssuers(fetch Fetch) *Issuers {
	return &Issuers{fetch: fetch, room: make(chan struct{}, maxFetching), entries: make(map[string]*issuer)}
}

// Keys returns the keys of an issuer, which is an https URL. They are fetched
// when they are old, or when none has the key id: of many requests at a time one
// asks, and no more often than every ten seconds.
func (s *Issuers) Keys(ctx context.Context, address string, thumbprints []string, keyID string, now time.Time) (*KeySet, error) {
	e := s.entry(address+"\x00"+strings.Join(thumbprints, ","), now)
	for {
		s.mu.Lock()
		switch {
		case e.usable(now, keyID):
			defer s.mu.Unlock()
			return e.keys, nil
		case e.busy != nil:
			busy := e.busy
			s.mu.Unlock()
			select {
			case <-busy:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		case e.rests(now):
			defer s.mu.Unlock()
			if e.keys != nil && now.Sub(e.fetched).Abs() < keysLast {
				return e.keys, nil
			}
			return nil, e.err
		default:
			e.busy = make(chan struct{})
			s.mu.Unlock()
			s.refresh(context.WithoutCancel(ctx), e, address, thumbprints, now)
		}
	}
}

func (e *issuer) usable(now time.Time, keyID string) bool {
	return e.keys.has(keyID) && now.Sub(e.fetched).Abs() < keysFresh
}

func (e *issuer) rests(now time.Time) bool {
	return !e.asked.IsZero() && now.Sub(e.asked).Abs() < askAgain // requests do not come in order
}

// entry returns the entry of that name. When there is no room for a new one, the
// entry that was asked longest ago makes it.
func (s *Issuers) entry(name string, now time.Time) *issuer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[name]; e != nil {
		return e
	}
	if len(s.entries) >= maxIssuers {
		oldest, at := "", now.Add(time.Hour)
		for n, e := range s.entries {
			if e.busy == nil && e.asked.Before(at) {
				oldest, at = n, e.asked
			}
		}
		delete(s.entries, oldest)
	}
	e := &issuer{}
	s.entries[name] = e
	return e
}

func (s *Issuers) refresh(ctx context.Context, e *issuer, address string, thumbprints []string, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, askAtMost)
	defer cancel()
	keys, err := s.ask(ctx, address, thumbprints)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		e.keys, e.fetched = keys, now
	}
	e.asked, e.err = now, err
	close(e.busy)
	e.busy = nil
}

// ask fetches the discovery document and then the keys that it names. See
// OpenID Connect Discovery 1.0, section 4: the document must name the very
// issuer that it was asked of.
func (s *Issuers) ask(ctx context.Context, address string, thumbprints []string) (*KeySet, error) {
	select {
	case s.room <- struct{}{}:
		defer func() { <-s.room }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: too many issuers are asked at a time", ErrKeys)
	}
	text, err := s.fetch(ctx, strings.TrimSuffix(address, "/")+"/.well-known/openid-configuration", thumbprints)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	var document struct {
		Issuer  string `json:"issuer"`
		KeysURL string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(text, &document); err != nil || document.Issuer != address {
		return nil, fmt.Errorf("%w: the discovery document is not that of the issuer", ErrKeys)
	}
	if u, err := url.Parse(document.KeysURL); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("%w: jwks_uri is not an https URL", ErrKeys)
	}
	if text, err = s.fetch(ctx, document.KeysURL, thumbprints); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	keys, err := ParseKeySet(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	return keys, nil
}
