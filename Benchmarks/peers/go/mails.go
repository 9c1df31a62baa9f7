package main

import (
	"encoding/json"
	"fmt"
	"net/smtp"
)

type event struct {
	UserID    string `json:"userId"`
	Email     string `json:"email"`
	Name      string `json:"name"`
	PaymentID string `json:"paymentId"`
	Amount    string `json:"amount"`
	Currency  string `json:"currency"`
	Reason    string `json:"reason"`
	ResetURL  string `json:"resetUrl"`
}

func decode(body []byte) (*event, error) {
	var decoded event
	err := json.Unmarshal(body, &decoded)
	return &decoded, err
}

func compose(kind, id string, e *event) []byte {
	var subject, text string
	switch kind {
	case "payment.completed":
		subject = fmt.Sprintf("Your payment of %s %s", e.Amount, e.Currency)
		text = fmt.Sprintf("we received %s %s. Reference: %s.", e.Amount, e.Currency, e.PaymentID)
	case "payment.failed":
		subject = fmt.Sprintf("Your payment of %s %s failed", e.Amount, e.Currency)
		text = fmt.Sprintf("we could not take %s %s (%s). Reference: %s.", e.Amount, e.Currency, e.Reason, e.PaymentID)
	case "user.signup":
		subject, text = "Welcome", "your account is ready."
	case "user.password-reset":
		subject, text = "Reset your password", "choose a new password here: "+e.ResetURL
	}
	return []byte(fmt.Sprintf("From: Payments <no-reply@example.com>\r\nTo: <%s>\r\nSubject: %s\r\n"+
		"Message-ID: <%s@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+
		"Hello %s,\r\n\r\n%s\r\n", e.Email, subject, id, e.Name, text))
}

// mailPool keeps SMTP sessions open, opens them on demand and lends each to one sender at a time.
type mailPool struct {
	address string
	idle    chan *smtp.Client
	unused  chan struct{}
}

func newMailPool(address string, size int) *mailPool {
	p := &mailPool{address: address, idle: make(chan *smtp.Client, size), unused: make(chan struct{}, size)}
	for i := 0; i < size; i++ {
		p.unused <- struct{}{}
	}
	return p
}

func (p *mailPool) take() (*smtp.Client, error) {
	select {
	case client := <-p.idle:
		return client, nil
	default:
	}
	select {
	case client := <-p.idle:
		return client, nil
	case <-p.unused:
		return smtp.Dial(p.address)
	}
}

func (p *mailPool) send(to string, message []byte) error {
	client, err := p.take()
	if err != nil {
		return err
	}
	if err := transfer(client, to, message); err != nil {
		return err
	}
	p.idle <- client
	return nil
}

func transfer(client *smtp.Client, to string, message []byte) error {
	if err := client.Mail("no-reply@example.com"); err != nil {
		return err
	}
	if err := client.Rcpt(to); err != nil {
		return err
	}
	writer, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := writer.Write(message); err != nil {
		return err
	}
	return writer.Close()
}
