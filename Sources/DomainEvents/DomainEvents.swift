// DomainEvents
