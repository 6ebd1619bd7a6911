package federation

import (
	"cmp"
	"fmt"
	"time"

	"github.com/beevik/etree"
)

const (
	bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer"

	// RedeemWithin is how long after its issuance STS takes an assertion,
	// whatever time it gives itself.
	RedeemWithin = 5 * time.Minute
	// maxSkew is how far the clock of an identity provider may be off.
	maxSkew = time.Minute
)

// Assertion is what a verified assertion says of its subject.
type Assertion struct {
	ID, Issuer string
	// Subject is the text of NameID, as it stands there: a name with spaces
	// around it is another name. Format is "unspecified" in full when NameID
	// has none.
	Subject, Format string
	Recipient       string
	// InResponseTo is the ID of the request that the assertion answers by its
	// confirmation, ResponseTo that which the response around it names, which
	// need not be signed; "" for none. See Answers.
	InResponseTo, ResponseTo string
	Attributes               []Attribute
	SessionEnds              time.Time // SessionNotOnOrAfter, or zero
	// Until is when the assertion is refused for its age at the latest: until
	// then its ID must be remembered.
	Until time.Time
}

// Attribute is an attribute of the subject. Values that are no text are left
// out.
type Attribute struct {
	Name   string
	Values []string
}

// Values returns the values of an attribute, of several of that name together.
func (a *Assertion) Values(name string) []string {
	var values []string
	for _, attribute := range a.Attributes {
		if attribute.Name == name {
			values = append(values, attribute.Values...)
		}
	}
	return values
}

// Answers returns the ID of the request that the assertion answers, "" when it
// was sent unasked, and false when its confirmation and its response do not say
// the same: then one of them was put there by somebody else.
func (a *Assertion) Answers() (request string, ok bool) {
	return a.InResponseTo, a.InResponseTo == a.ResponseTo
}

const unspecifiedFormat = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"

// read checks an assertion, and returns what it says. e is what the
// verification of a signature has returned.
func (t *Trust) read(e *etree.Element, signer *Issuer) (*Assertion, error) {
	a := &Assertion{ID: attrOf(e, "ID"), Issuer: signer.EntityID}
	if version := attrOf(e, "Version"); !is(e, assertionNamespace, "Assertion") || version != "2.0" || !validID.MatchString(a.ID) {
		return nil, fmt.Errorf("%w: no Assertion of SAML 2.0 with an ID", ErrMalformedResponse)
	}
	if name, ok := onlyText(e, "Issuer"); !ok || name != signer.EntityID {
		return nil, fmt.Errorf("%w: %q", ErrSAMLIssuer, name)
	}
	if err := t.readIssued(e, a); err != nil {
		return nil, err
	}
	if err := t.readSubject(e, a); err != nil {
		return nil, err
	}
	if err := t.checkConditions(e); err != nil {
		return nil, err
	}
	if err := t.readStatements(e, a); err != nil {
		return nil, err
	}
	readAttributes(e, a)
	return a, nil
}

// onlyText returns the text of the only child of a name.
func onlyText(e *etree.Element, local string) (string, bool) {
	c, ok := only(e, assertionNamespace, local)
	if !ok {
		return "", false
	}
	text, ok := textOf(c)
	return text, ok && text != ""
}

func (t *Trust) readIssued(e *etree.Element, a *Assertion) error {
	issued, err := timeOf(e, "IssueInstant")
	if err != nil || issued.IsZero() {
		return fmt.Errorf("%w: IssueInstant", ErrMalformedResponse)
	}
	if issued.After(t.Now.Add(maxSkew)) {
		return fmt.Errorf("%w: issued at %v", ErrSAMLNotYetValid, issued)
	}
	a.Until = issued.Add(RedeemWithin + maxSkew)
	if !t.Now.Before(a.Until) {
		return fmt.Errorf("%w: at %v", ErrRedeemedLate, issued)
	}
	return nil
}

// readSubject reads who it is, and checks that who bears the assertion may do
// so here and now: one confirmation, with an end and a recipient.
func (t *Trust) readSubject(e *etree.Element, a *Assertion) error {
	subject, ok := only(e, assertionNamespace, "Subject")
	if !ok {
		return fmt.Errorf("%w: no Subject", ErrMalformedResponse)
	}
	name, ok := only(subject, assertionNamespace, "NameID")
	if ok {
		a.Subject, ok = textOf(name)
		a.Format = cmp.Or(attrOf(name, "Format"), unspecifiedFormat)
	}
	if !ok || a.Subject == "" {
		return fmt.Errorf("%w: no NameID", ErrMalformedResponse)
	}
	confirmation, ok := only(subject, assertionNamespace, "SubjectConfirmation")
	if !ok || attrOf(confirmation, "Method") != bearer {
		return fmt.Errorf("%w: no bearer SubjectConfirmation", ErrMalformedResponse)
	}
	data, ok := only(confirmation, assertionNamespace, "SubjectConfirmationData")
	if !ok {
		return fmt.Errorf("%w: no SubjectConfirmationData", ErrMalformedResponse)
	}
	if attrOf(data, "NotOnOrAfter") == "" {
		return fmt.Errorf("%w: SubjectConfirmationData without end", ErrMalformedResponse)
	}
	if a.Recipient = attrOf(data, "Recipient"); !t.Recipient(a.Recipient) {
		return fmt.Errorf("%w: the recipient %q", ErrSAMLAudience, a.Recipient)
	}
	a.InResponseTo = attrOf(data, "InResponseTo")
	return t.checkPeriod(data)
}

// checkPeriod checks NotBefore and NotOnOrAfter, where they are.
func (t *Trust) checkPeriod(e *etree.Element) error {
	from, err := timeOf(e, "NotBefore")
	if err != nil {
		return err
	}
	until, err := timeOf(e, "NotOnOrAfter")
	if err != nil {
		return err
	}
	switch {
	case t.Now.Add(maxSkew).Before(from):
		return fmt.Errorf("%w: %s from %v", ErrSAMLNotYetValid, e.Tag, from)
	case !until.IsZero() && !t.Now.Add(-maxSkew).Before(until):
		return fmt.Errorf("%w: %s until %v", ErrSAMLExpired, e.Tag, until)
	}
	return nil
}

// checkConditions holds that all are met. One that is not known is not.
func (t *Trust) checkConditions(e *etree.Element) error {
	conditions, ok := only(e, assertionNamespace, "Conditions")
	if !ok {
		return fmt.Errorf("%w: no Conditions", ErrSAMLAudience)
	}
	if err := t.checkPeriod(conditions); err != nil {
		return err
	}
	restricted := false
	for _, c := range conditions.ChildElements() {
		switch {
		case is(c, assertionNamespace, "AudienceRestriction"):
			if !t.anyAudience(c) {
				return fmt.Errorf("%w: none of its audiences is this one", ErrSAMLAudience)
			}
			restricted = true
		case is(c, assertionNamespace, "OneTimeUse"), is(c, assertionNamespace, "ProxyRestriction"):
		default:
			return fmt.Errorf("%w: the condition %s", ErrMalformedResponse, c.Tag)
		}
	}
	if !restricted {
		return fmt.Errorf("%w: no AudienceRestriction", ErrSAMLAudience)
	}
	return nil
}

func (t *Trust) anyAudience(restriction *etree.Element) bool {
	for _, e := range childrenNamed(restriction, assertionNamespace, "Audience") {
		if name, ok := textOf(e); ok && t.Audience(name) {
			return true
		}
	}
	return false
}

// readStatements demands that the subject was authenticated, in a session that
// has not ended.
func (t *Trust) readStatements(e *etree.Element, a *Assertion) error {
	statements := childrenNamed(e, assertionNamespace, "AuthnStatement")
	if len(statements) == 0 {
		return fmt.Errorf("%w: no AuthnStatement", ErrMalformedResponse)
	}
	for _, s := range statements {
		end, err := timeOf(s, "SessionNotOnOrAfter")
		if err != nil {
			return err
		}
		if !end.IsZero() && (a.SessionEnds.IsZero() || end.Before(a.SessionEnds)) {
			a.SessionEnds = end
		}
	}
	if !a.SessionEnds.IsZero() && !t.Now.Before(a.SessionEnds) {
		return fmt.Errorf("%w: its session ended at %v", ErrSAMLExpired, a.SessionEnds)
	}
	return nil
}

// readAttributes needs no bound of its own: a response is bounded, and an
// element of more than some 1,000 others has no signature that goxmldsig
// verifies.
func readAttributes(e *etree.Element, a *Assertion) {
	for _, statement := range childrenNamed(e, assertionNamespace, "AttributeStatement") {
		for _, attribute := range childrenNamed(statement, assertionNamespace, "Attribute") {
			found := Attribute{Name: attrOf(attribute, "Name")}
			for _, v := range childrenNamed(attribute, assertionNamespace, "AttributeValue") {
				if text, ok := textOf(v); ok {
					found.Values = append(found.Values, text)
				}
			}
			a.Attributes = append(a.Attributes, found)
		}
	}
}

// timeOf returns the time in an attribute, zero when there is none. SAML's
// times are in UTC, with or without saying so.
func timeOf(e *etree.Element, name string) (time.Time, error) {
	text := attrOf(e, name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		at, err = time.Parse("2006-01-02T15:04:05", text)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %s is no time", ErrMalformedResponse, name)
	}
	return at.UTC(), nil
}
