// Senders
