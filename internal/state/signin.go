package state

import (
	"errors"
	"time"
)

// SignIn is a sign-in under way: of a browser, or of a client that a browser
// let in. What its holder presents, a cookie or a refresh token, is kept as a
// digest only.
type SignIn struct {
	Digest      string `cbor:"1,keyasint"` // of what the holder presents
	ID          string `cbor:"2,keyasint"` // public: part of aws:SignInSessionArn
	Account     string `cbor:"3,keyasint"`
	PrincipalID string `cbor:"4,keyasint"` // of the user or role that signed in; of a root user the account id

	Home     Secret `cbor:"5,keyasint"`           // session token of whoever signed in
	Switched Secret `cbor:"6,keyasint,omitempty"` // session token of the role switched to
	Name     string `cbor:"7,keyasint,omitempty"` // under which that role is shown

	// Password is the LoginProfile.PasswordID of the password by which its holder
	// signed in: another password ends the sign-in. It is "" without one.
	Password string `cbor:"8,keyasint,omitempty"`

	// Client is the OAuth client that a browser let in, and Key the thumbprint
	// of the key that the client has to prove. Redirect is where the client was
	// sent its code. All are "" of a browser.
	Client   string `cbor:"9,keyasint,omitempty"`
	Key      string `cbor:"10,keyasint,omitempty"`
	Redirect string `cbor:"14,keyasint,omitempty"`

	Created time.Time `cbor:"11,keyasint"`
	Expires time.Time `cbor:"12,keyasint"`

	// Session is the name of the role session, or of the federated user: many
	// people sign in as one role.
	Session string `cbor:"13,keyasint,omitempty"`
}

// person is who signed in.
func (s *SignIn) person() string { return s.PrincipalID + ":" + s.Session }

// Acting is the session token that the holder acts with now.
func (s *SignIn) Acting() string {
	if s.Switched != "" {
		return string(s.Switched)
	}
	return string(s.Home)
}

type signInTables struct {
	rows     index[*SignIn]
	byEnd    index[*SignIn] // end, digest
	byPerson index[*SignIn] // person, end, digest
}

var signIns = table[SignIn]{
	prefix:  "signin",
	key:     func(s *SignIn) string { return s.Digest },
	account: func(s *SignIn) string { return s.Account },
	rows:    func(s *Snapshot) *index[*SignIn] { return &s.signIns.rows },
	index: func(s *Snapshot, in *SignIn, on bool) {
		end := sequence(uint64(in.Expires.Unix()))
		s.signIns.byEnd.put(s, on, end, in.Digest, "", in)
		s.signIns.byPerson.put(s, on, in.person(), end, in.Digest, in)
	},
	check: func(s *Snapshot, in *SignIn) error {
		if _, ok := s.Account(in.Account); !ok {
			return errors.New("no account")
		}
		if in.Digest == "" || in.ID == "" || in.PrincipalID == "" || in.Home == "" || in.Expires.IsZero() {
			return errors.New("no digest, id, principal, session or end")
		}
		if (in.Client == "") != (in.Key == "") {
			return errors.New("a client without a key, or a key without a client")
		}
		if (in.Client == "") != (in.Redirect == "") {
			return errors.New("a client without a redirect URI, or a redirect URI without a client")
		}
		return nil
	},
}

// MaxSignIns is how many sign-ins of one person are kept: a further one ends
// the one that would have ended first.
const MaxSignIns = 100

// SignIn returns a sign-in by the digest of what its holder presents. It may
// have ended, and its principal may be gone.
func (s *Snapshot) SignIn(digest string) (*SignIn, bool) { return s.signIns.rows.get(digest, "", "") }

// NumSignIns counts the sign-ins that are kept, of all accounts.
func (s *Snapshot) NumSignIns() int { return s.signIns.rows.len() }

// AddSignIn keeps a new sign-in, and forgets some that have ended.
func (tx *Tx) AddSignIn(in *SignIn) {
	forget(tx, &signIns, &tx.signIns.byEnd, func(old *SignIn) time.Time { return old.Expires })
	if tx.signIns.byPerson.count(in.person()) >= MaxSignIns {
		for first := range tx.signIns.byPerson.under(in.person()) {
			remove(tx, &signIns, first)
			break
		}
	}
	put(tx, &signIns, in)
}

// PutSignIn replaces a sign-in that is kept.
func (tx *Tx) PutSignIn(in *SignIn) { put(tx, &signIns, in) }

// DeleteSignIn ends a sign-in.
func (tx *Tx) DeleteSignIn(in *SignIn) { remove(tx, &signIns, in) }
