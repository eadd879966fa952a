-- Removes validations that are past keeping. before: the first night that is kept.
delete from quarantine.validation where night < %(before)s
