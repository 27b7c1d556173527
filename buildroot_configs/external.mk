include $(sort $(wildcard $(BR2_EXTERNAL_MOS_PATH)/package/*/*.mk))
