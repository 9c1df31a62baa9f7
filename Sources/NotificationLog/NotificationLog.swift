// NotificationLog
