// The Go peer: a notifications consumer as a competent user would write it with the usual libraries: amqp091-go,
// pgxpool and net/smtp, connections pooled, a worker per message in flight, one insert per event. No claims, no
// retries, no tracing. Settings: the same BENCH_… variables as every peer's, see bench/contenders.py.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v4/pgxpool"
	amqp "github.com/rabbitmq/amqp091-go"
)

const insert = `INSERT INTO notifications.notification_log
	(event_id, event_type, recipient_id, address, channel, status, provider)
	VALUES ($1, $2, $3, $4, 'email', 'sent', 'smtp')`

type consumer struct {
	rows  *pgxpool.Pool
	mails *mailPool
}

func (c *consumer) handle(delivery amqp.Delivery) error {
	event, err := decode(delivery.Body)
	if err != nil {
		return err
	}
	if err := c.mails.send(event.Email, compose(delivery.RoutingKey, delivery.MessageId, event)); err != nil {
		return err
	}
	_, err = c.rows.Exec(context.Background(), insert, delivery.MessageId, delivery.RoutingKey, event.UserID, event.Email)
	if err != nil {
		return err
	}
	return delivery.Ack(false)
}

func main() {
	prefetch := number("BENCH_PREFETCH")
	rows, err := pool(os.Getenv("BENCH_DATABASE_URL"), int32(number("BENCH_DATABASE_CONNECTIONS")))
	check(err)
	mails := newMailPool("127.0.0.1:"+os.Getenv("BENCH_SMTP_PORT"), number("BENCH_SMTP_CONNECTIONS"))
	connection, err := amqp.Dial(os.Getenv("BENCH_AMQP_URL"))
	check(err)
	channel, err := connection.Channel()
	check(err)
	check(channel.Qos(prefetch, 0, false))
	deliveries, err := channel.Consume(os.Getenv("BENCH_QUEUE"), "", false, false, false, false, nil)
	check(err)
	fmt.Println("consuming")

	consumer := &consumer{rows: rows, mails: mails}
	var workers sync.WaitGroup
	for i := 0; i < prefetch; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for delivery := range deliveries {
				check(consumer.handle(delivery))
			}
		}()
	}
	workers.Wait()
	log.Fatal("the broker closed the connection")
}

func pool(url string, connections int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = connections
	return pgxpool.ConnectConfig(context.Background(), config)
}

func number(name string) int {
	value, err := strconv.Atoi(os.Getenv(name))
	if err != nil || value <= 0 {
		log.Fatalf("%s: not a number above 0", name)
	}
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
