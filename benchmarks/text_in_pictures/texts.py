"""What is written on the pictures: a few lines in each language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

LINES: Mapping[str, Sequence[str]] = {
    "English": (
        "Meeting moved to Thursday afternoon",
        "Please bring the printed contract",
        "Wireless password: harvest moon",
        "Your parcel arrives before 18:30",
        "Settings and privacy options",
        "Boarding gate closes ten minutes early",
        "Fresh bread, butter and orange juice",
        "Total amount 42.90 including tax",
    ),
    "Indonesian": (
        "Rapat dipindahkan ke hari Kamis sore",
        "Harap membawa kontrak yang sudah dicetak",
        "Kata sandi jaringan: bulan purnama",
        "Paket Anda tiba sebelum pukul 18:30",
        "Pengaturan dan pilihan privasi",
        "Gerbang ditutup sepuluh menit lebih awal",
        "Roti segar, mentega dan jus jeruk",
        "Jumlah seluruhnya 42.900 termasuk pajak",
    ),
    "Vietnamese": (
        "Cuộc họp chuyển sang chiều thứ Năm",
        "Vui lòng mang theo hợp đồng đã in",
        "Mật khẩu mạng không dây: trăng rằm",
        "Bưu kiện của bạn đến trước 18:30",
        "Cài đặt và tùy chọn quyền riêng tư",
        "Cửa lên máy bay đóng sớm mười phút",
        "Bánh mì tươi, bơ và nước cam ép",
        "Tổng cộng 42.900 đồng gồm thuế",
    ),
    "Russian": (
        "Встреча перенесена на вечер четверга",
        "Принесите распечатанный договор",
        "Пароль беспроводной сети: полнолуние",
        "Ваша посылка прибудет до 18:30",
        "Настройки и конфиденциальность",
        "Посадка закончится на десять минут раньше",
        "Свежий хлеб, масло и апельсиновый сок",
        "Итого 42.90 включая налог",
    ),
    "Korean": (
        "회의가 목요일 오후로 옮겨졌습니다",
        "인쇄한 계약서를 가져오세요",
        "무선 네트워크 비밀번호: 보름달",
        "소포는 18:30 전에 도착합니다",
        "설정 및 개인정보 보호",
        "탑승구는 십 분 일찍 닫힙니다",
        "신선한 빵과 버터 그리고 주스",
        "합계 42,900 세금 포함",
    ),
    "Chinese": (
        "会议改到星期四下午举行",
        "请带上打印好的合同",
        "无线网络密码：中秋月亮",
        "您的包裹将在 18:30 之前送达",
        "设置与隐私选项",
        "登机口提前十分钟关闭",
        "新鲜面包、黄油和橙汁",
        "合计 42.90 元含税",
    ),
}
