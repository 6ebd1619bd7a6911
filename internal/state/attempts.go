package state

import "time"

// Attempts counts wrong guesses at a secret. After a few of them each further
// one makes the next wait longer, whoever guesses.
type Attempts struct {
	Failed int       `cbor:"1,keyasint,omitempty"` // since the last success
	Until  time.Time `cbor:"2,keyasint,omitzero"`  // no guess counts before
}

const (
	freeAttempts = 5
	firstWait    = 30 * time.Second
	longestWait  = time.Hour
)

// Blocked reports whether a guess at that time is refused unseen.
func (a Attempts) Blocked(now time.Time) bool { return now.Before(a.Until) }

// More is a with one more wrong guess.
func (a Attempts) More(now time.Time) Attempts {
	a.Failed++
	if over := a.Failed - freeAttempts; over >= 0 {
		wait := firstWait << min(over, 10)
		a.Until = now.Add(min(wait, longestWait))
	}
	return a
}
