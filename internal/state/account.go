package state

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/writ-iam/writ/arn"
)

// Account is an account of the organization.
type Account struct {
	ID         string    `cbor:"1,keyasint"` // twelve digits
	Name       string    `cbor:"2,keyasint"`
	Email      string    `cbor:"3,keyasint,omitempty"`
	Created    time.Time `cbor:"4,keyasint"`
	Aliases    []string  `cbor:"5,keyasint,omitempty"` // IAM allows one
	Parent     string    `cbor:"6,keyasint"`           // id of the root or an organizational unit
	Status     string    `cbor:"7,keyasint"`           // ACTIVE, SUSPENDED, …
	Management bool      `cbor:"8,keyasint,omitempty"`
	Tags       []Tag     `cbor:"9,keyasint,omitempty"`
}

// AccountActive is the status of an account in use.
const AccountActive = "ACTIVE"

// RootARN is the ARN of the account's root user, and of the account itself
// where it stands as a principal.
func (a *Account) RootARN() string { return arn.Root(a.ID) }

type accountTables struct {
	rows    index[*Account]
	byAlias index[*Account]
}

var accounts = table[Account]{
	prefix: "account",
	key:    func(a *Account) string { return a.ID },
	rows:   func(s *Snapshot) *index[*Account] { return &s.accounts.rows },
	index: func(s *Snapshot, a *Account, on bool) {
		for _, alias := range a.Aliases {
			s.accounts.byAlias.put(s, on, alias, "", "", a)
		}
		s.guard = new(guardCache)
	},
	check: func(s *Snapshot, a *Account) error {
		org := s.Organization()
		if org == nil {
			return errors.New("there is no organization")
		}
		if !arn.IsAccount(a.ID) {
			return errors.New("not an account id")
		}
		if a.Management != (a.ID == org.ManagementAccount) {
			return errors.New("the organization has another management account")
		}
		if levels := s.levels(a); levels[0] != org.RootID {
			return fmt.Errorf("no way from it to the root: %v", levels)
		}
		return nil
	},
}

// Account returns an account that this installation holds.
func (s *Snapshot) Account(id string) (*Account, bool) { return s.accounts.rows.get(id, "", "") }

// Accounts yields all accounts by id.
func (s *Snapshot) Accounts() iter.Seq[*Account] { return s.accounts.rows.all() }

// Alias returns the account that has an alias.
func (s *Snapshot) Alias(alias string) (*Account, bool) { return s.accounts.byAlias.get(alias, "", "") }

// PutAccount adds or replaces an account. A new one is made by CreateAccount.
func (tx *Tx) PutAccount(a *Account) { put(tx, &accounts, a) }

// DeleteAccount removes an account that holds nothing any more.
func (tx *Tx) DeleteAccount(a *Account) { remove(tx, &accounts, a) }
